// CUDA's vector types, at CUDA's alignments: the emulator refuses a vector access that is not aligned.
#pragma once

#define XLM_VECTOR2(vector, scalar, bytes) \
  struct __align__(bytes) vector {         \
    scalar x, y;                           \
  };                                       \
  static inline vector make_##vector(scalar x, scalar y) { return vector{x, y}; }
#define XLM_VECTOR3(vector, scalar) \
  struct vector {                   \
    scalar x, y, z;                 \
  };                                \
  static inline vector make_##vector(scalar x, scalar y, scalar z) { return vector{x, y, z}; }
#define XLM_VECTOR4(vector, scalar, bytes) \
  struct __align__(bytes) vector {         \
    scalar x, y, z, w;                     \
  };                                       \
  static inline vector make_##vector(scalar x, scalar y, scalar z, scalar w) { return vector{x, y, z, w}; }

XLM_VECTOR2(float2, float, 8)
XLM_VECTOR2(int2, int, 8)
XLM_VECTOR2(uint2, unsigned, 8)
XLM_VECTOR2(double2, double, 16)
XLM_VECTOR2(ushort2, unsigned short, 4)
XLM_VECTOR3(float3, float)
XLM_VECTOR3(int3, int)
XLM_VECTOR3(uint3, unsigned)
XLM_VECTOR4(float4, float, 16)
XLM_VECTOR4(int4, int, 16)
XLM_VECTOR4(uint4, unsigned, 16)
XLM_VECTOR4(uchar4, unsigned char, 4)
XLM_VECTOR4(ushort4, unsigned short, 8)

#undef XLM_VECTOR2
#undef XLM_VECTOR3
#undef XLM_VECTOR4
