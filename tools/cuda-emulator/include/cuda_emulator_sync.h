// Everything by which threads meet: barriers, warp-wide exchanges, atomics and the tensor-core products. All of it is
// carried out by the library, which knows the other threads; what is here only gives it CUDA's names and types.
#pragma once

// The first argument of xlm_warp. The library's block.h has the same list.
enum XlmWarpCall {
  XLM_SYNC,
  XLM_SHUFFLE,
  XLM_SHUFFLE_XOR,
  XLM_SHUFFLE_UP,
  XLM_SHUFFLE_DOWN,
  XLM_BALLOT,
  XLM_ANY,
  XLM_ALL
};

// Fragments go by value, in registers: handing out the address of a kernel's array would make every use of that array
// an instrumented access.
struct XlmFragmentC {
  float x[4];
};
struct XlmFragmentA {
  unsigned x[4];
};
struct XlmFragmentB {
  unsigned x[2];
};

extern "C" {
void xlm_sync_threads();
unsigned xlm_warp(int call, unsigned mask, unsigned value, unsigned argument, unsigned width);
XlmFragmentC xlm_mma_tf32(XlmFragmentC c, XlmFragmentA a, XlmFragmentB b);
XlmFragmentC xlm_mma_bf16(XlmFragmentC c, XlmFragmentA a, XlmFragmentB b);
unsigned xlm_atomic_add_u32(unsigned* address, unsigned value);
unsigned long long xlm_atomic_add_u64(unsigned long long* address, unsigned long long value);
float xlm_atomic_add_f32(float* address, float value);
int xlm_atomic_max_i32(int* address, int value);
int xlm_atomic_min_i32(int* address, int value);
unsigned xlm_atomic_exchange_u32(unsigned* address, unsigned value);
unsigned xlm_atomic_cas_u32(unsigned* address, unsigned expected, unsigned value);
}

static inline void __syncthreads() { xlm_sync_threads(); }
static inline void __syncwarp(unsigned mask = 0xffffffffu) { xlm_warp(XLM_SYNC, mask, 0, 0, 32); }
// One thread runs at a time and memory is the host's: a fence has nothing to order.
static inline void __threadfence() { __asm__ volatile("" ::: "memory"); }
static inline void __threadfence_block() { __asm__ volatile("" ::: "memory"); }

#define XLM_SHUFFLES(type)                                                                                             \
  static inline type __shfl_sync(unsigned mask, type value, int lane, int width = 32) {                                \
    return __builtin_bit_cast(                                                                                         \
        type, xlm_warp(XLM_SHUFFLE, mask, __builtin_bit_cast(unsigned, value), (unsigned)lane, (unsigned)width));      \
  }                                                                                                                    \
  static inline type __shfl_xor_sync(unsigned mask, type value, int lanes, int width = 32) {                           \
    return __builtin_bit_cast(                                                                                         \
        type, xlm_warp(XLM_SHUFFLE_XOR, mask, __builtin_bit_cast(unsigned, value), (unsigned)lanes, (unsigned)width)); \
  }                                                                                                                    \
  static inline type __shfl_up_sync(unsigned mask, type value, unsigned delta, int width = 32) {                       \
    return __builtin_bit_cast(                                                                                         \
        type, xlm_warp(XLM_SHUFFLE_UP, mask, __builtin_bit_cast(unsigned, value), delta, (unsigned)width));            \
  }                                                                                                                    \
  static inline type __shfl_down_sync(unsigned mask, type value, unsigned delta, int width = 32) {                     \
    return __builtin_bit_cast(                                                                                         \
        type, xlm_warp(XLM_SHUFFLE_DOWN, mask, __builtin_bit_cast(unsigned, value), delta, (unsigned)width));          \
  }
XLM_SHUFFLES(int)
XLM_SHUFFLES(unsigned)
XLM_SHUFFLES(float)
#undef XLM_SHUFFLES

static inline unsigned __ballot_sync(unsigned mask, int predicate) {
  return xlm_warp(XLM_BALLOT, mask, predicate != 0, 0, 32);
}
static inline int __any_sync(unsigned mask, int predicate) {
  return (int)xlm_warp(XLM_ANY, mask, predicate != 0, 0, 32);
}
static inline int __all_sync(unsigned mask, int predicate) {
  return (int)xlm_warp(XLM_ALL, mask, predicate != 0, 0, 32);
}

static inline int atomicAdd(int* address, int value) {
  return (int)xlm_atomic_add_u32((unsigned*)address, (unsigned)value);
}
static inline unsigned atomicAdd(unsigned* address, unsigned value) { return xlm_atomic_add_u32(address, value); }
static inline float atomicAdd(float* address, float value) { return xlm_atomic_add_f32(address, value); }
static inline unsigned long long atomicAdd(unsigned long long* address, unsigned long long value) {
  return xlm_atomic_add_u64(address, value);
}
static inline int atomicMax(int* address, int value) { return xlm_atomic_max_i32(address, value); }
static inline int atomicMin(int* address, int value) { return xlm_atomic_min_i32(address, value); }
static inline int atomicExch(int* address, int value) {
  return (int)xlm_atomic_exchange_u32((unsigned*)address, (unsigned)value);
}
static inline unsigned atomicExch(unsigned* address, unsigned value) { return xlm_atomic_exchange_u32(address, value); }
static inline int atomicCAS(int* address, int expected, int value) {
  return (int)xlm_atomic_cas_u32((unsigned*)address, (unsigned)expected, (unsigned)value);
}
static inline unsigned atomicCAS(unsigned* address, unsigned expected, unsigned value) {
  return xlm_atomic_cas_u32(address, expected, value);
}

// cvt.rna.tf32.f32: ten bits of mantissa, to the nearest, ties away from zero.
static inline unsigned to_tf32(float value) {
  unsigned bits = __float_as_uint(value);
  if ((bits & 0x7f800000u) == 0x7f800000u) return bits & 0x007fffffu ? 0x7fffffffu : bits;
  return (bits + 0x1000u) & 0xffffe000u;
}

static inline unsigned xlm_bf16(float value) {
  unsigned bits = __float_as_uint(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fffu;
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}
static inline unsigned pack_bf16(float low, float high) { return xlm_bf16(low) | (xlm_bf16(high) << 16); }

static inline void mma_tf32(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  XlmFragmentC sum = xlm_mma_tf32({{c[0], c[1], c[2], c[3]}}, {{a[0], a[1], a[2], a[3]}}, {{b[0], b[1]}});
  c[0] = sum.x[0], c[1] = sum.x[1], c[2] = sum.x[2], c[3] = sum.x[3];
}
static inline void mma_bf16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  XlmFragmentC sum = xlm_mma_bf16({{c[0], c[1], c[2], c[3]}}, {{a[0], a[1], a[2], a[3]}}, {{b[0], b[1]}});
  c[0] = sum.x[0], c[1] = sum.x[1], c[2] = sum.x[2], c[3] = sum.x[3];
}
