// The part of CUDA's mathematics that kernels use. The C library's functions are declared here by hand, since including
// <cmath> would take longer than compiling a kernel. Approximate intrinsics (__expf and so on) are the exact functions:
// a kernel may not depend on how wrong a GPU's approximation is.
#pragma once

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

extern "C" {
float expf(float) noexcept;
double exp(double) noexcept;
float exp2f(float) noexcept;
double exp2(double) noexcept;
float exp10f(float) noexcept;
double exp10(double) noexcept;
float expm1f(float) noexcept;
double expm1(double) noexcept;
float logf(float) noexcept;
double log(double) noexcept;
float log2f(float) noexcept;
double log2(double) noexcept;
float log10f(float) noexcept;
double log10(double) noexcept;
float log1pf(float) noexcept;
double log1p(double) noexcept;
float sinf(float) noexcept;
double sin(double) noexcept;
float cosf(float) noexcept;
double cos(double) noexcept;
float tanf(float) noexcept;
double tan(double) noexcept;
float asinf(float) noexcept;
double asin(double) noexcept;
float acosf(float) noexcept;
double acos(double) noexcept;
float atanf(float) noexcept;
double atan(double) noexcept;
float sinhf(float) noexcept;
double sinh(double) noexcept;
float coshf(float) noexcept;
double cosh(double) noexcept;
float tanhf(float) noexcept;
double tanh(double) noexcept;
float asinhf(float) noexcept;
double asinh(double) noexcept;
float acoshf(float) noexcept;
double acosh(double) noexcept;
float atanhf(float) noexcept;
double atanh(double) noexcept;
float erff(float) noexcept;
double erf(double) noexcept;
float erfcf(float) noexcept;
double erfc(double) noexcept;
float sqrtf(float) noexcept;
double sqrt(double) noexcept;
float cbrtf(float) noexcept;
double cbrt(double) noexcept;
float fabsf(float) noexcept;
double fabs(double) noexcept;
float floorf(float) noexcept;
double floor(double) noexcept;
float ceilf(float) noexcept;
double ceil(double) noexcept;
float truncf(float) noexcept;
double trunc(double) noexcept;
float roundf(float) noexcept;
double round(double) noexcept;
float rintf(float) noexcept;
double rint(double) noexcept;
float nearbyintf(float) noexcept;
double nearbyint(double) noexcept;
float tgammaf(float) noexcept;
double tgamma(double) noexcept;
float lgammaf(float) noexcept;
double lgamma(double) noexcept;
float powf(float, float) noexcept;
double pow(double, double) noexcept;
float fmodf(float, float) noexcept;
double fmod(double, double) noexcept;
float atan2f(float, float) noexcept;
double atan2(double, double) noexcept;
float fmaxf(float, float) noexcept;
double fmax(double, double) noexcept;
float fminf(float, float) noexcept;
double fmin(double, double) noexcept;
float hypotf(float, float) noexcept;
double hypot(double, double) noexcept;
float copysignf(float, float) noexcept;
double copysign(double, double) noexcept;
float fdimf(float, float) noexcept;
double fdim(double, double) noexcept;
float remainderf(float, float) noexcept;
double remainder(double, double) noexcept;
float fmaf(float, float, float) noexcept;
double fma(double, double, double) noexcept;
float ldexpf(float, int) noexcept;
double ldexp(double, int) noexcept;
}

static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }

static inline float __expf(float x) { return expf(x); }
static inline float __exp2f(float x) { return exp2f(x); }
static inline float __logf(float x) { return logf(x); }
static inline float __log2f(float x) { return log2f(x); }
static inline float __sinf(float x) { return sinf(x); }
static inline float __cosf(float x) { return cosf(x); }
static inline float __powf(float x, float y) { return powf(x, y); }
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __frsqrt_rn(float x) { return 1.0f / sqrtf(x); }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline float __fadd_rn(float x, float y) { return x + y; }
static inline float __fsub_rn(float x, float y) { return x - y; }
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
static inline float __saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }

static inline bool isnan(float x) { return __builtin_isnan(x); }
static inline bool isnan(double x) { return __builtin_isnan(x); }
static inline bool isinf(float x) { return __builtin_isinf_sign(x) != 0; }
static inline bool isinf(double x) { return __builtin_isinf_sign(x) != 0; }
static inline bool isfinite(float x) { return __builtin_isfinite(x); }
static inline bool isfinite(double x) { return __builtin_isfinite(x); }
static inline bool signbit(float x) { return __builtin_signbit(x); }

// As on the device and unlike in C, a conversion saturates and turns a NaN into 0.
static inline int __float2int_rz(float x) {
  if (x != x) return 0;
  if (x >= 2147483648.0f) return 2147483647;
  if (x < -2147483648.0f) return -2147483647 - 1;
  return (int)x;
}
static inline int __float2int_rn(float x) { return __float2int_rz(rintf(x)); }
static inline int __float2int_rd(float x) { return __float2int_rz(floorf(x)); }
static inline int __float2int_ru(float x) { return __float2int_rz(ceilf(x)); }
static inline unsigned __float2uint_rz(float x) {
  if (!(x > 0.0f)) return 0;
  if (x >= 4294967296.0f) return 4294967295u;
  return (unsigned)x;
}
static inline unsigned __float2uint_rn(float x) { return __float2uint_rz(rintf(x)); }
static inline float __int2float_rn(int x) { return (float)x; }
static inline float __uint2float_rn(unsigned x) { return (float)x; }

static inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
static inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
static inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
static inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }

static inline unsigned __umulhi(unsigned x, unsigned y) { return (unsigned)(((unsigned long long)x * y) >> 32); }
static inline int __mulhi(int x, int y) { return (int)(((long long)x * y) >> 32); }
static inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return (unsigned long long)(((unsigned __int128)x * y) >> 64);
}
static inline int __mul24(int x, int y) { return (int)(((long long)(x << 8) >> 8) * ((long long)(y << 8) >> 8)); }
static inline unsigned __umul24(unsigned x, unsigned y) { return (x & 0xffffffu) * (y & 0xffffffu); }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
static inline unsigned __brev(unsigned x) {
  unsigned reversed = 0;
  for (int i = 0; i < 32; i++) reversed |= ((x >> i) & 1u) << (31 - i);
  return reversed;
}
static inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  unsigned long long both = ((unsigned long long)y << 32) | x;
  unsigned result = 0;
  for (int i = 0; i < 4; i++) {
    unsigned byte = (unsigned)(both >> (8 * ((selector >> (4 * i)) & 7u))) & 0xffu;
    if ((selector >> (4 * i)) & 8u) byte = byte & 0x80u ? 0xffu : 0u;
    result |= byte << (8 * i);
  }
  return result;
}
static inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return (unsigned)(((((unsigned long long)high << 32) | low) << (shift & 31u)) >> 32);
}
static inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return (unsigned)((((unsigned long long)high << 32) | low) >> (shift & 31u));
}

static inline int min(int x, int y) { return y < x ? y : x; }
static inline int max(int x, int y) { return x < y ? y : x; }
static inline unsigned min(unsigned x, unsigned y) { return y < x ? y : x; }
static inline unsigned max(unsigned x, unsigned y) { return x < y ? y : x; }
static inline long long min(long long x, long long y) { return y < x ? y : x; }
static inline long long max(long long x, long long y) { return x < y ? y : x; }
static inline unsigned long long min(unsigned long long x, unsigned long long y) { return y < x ? y : x; }
static inline unsigned long long max(unsigned long long x, unsigned long long y) { return x < y ? y : x; }
// Long and mixed operands have overloads of their own, as CUDA's headers do, so that no call is ambiguous.
static inline unsigned min(int x, unsigned y) { return min((unsigned)x, y); }
static inline unsigned min(unsigned x, int y) { return min(x, (unsigned)y); }
static inline unsigned max(int x, unsigned y) { return max((unsigned)x, y); }
static inline unsigned max(unsigned x, int y) { return max(x, (unsigned)y); }
static inline unsigned long min(unsigned long x, unsigned long y) { return y < x ? y : x; }
static inline unsigned long max(unsigned long x, unsigned long y) { return x < y ? y : x; }
static inline long min(long x, long y) { return y < x ? y : x; }
static inline long max(long x, long y) { return x < y ? y : x; }
static inline float min(float x, float y) { return fminf(x, y); }
static inline float max(float x, float y) { return fmaxf(x, y); }
static inline double min(double x, double y) { return fmin(x, y); }
static inline double max(double x, double y) { return fmax(x, y); }
static inline int abs(int x) { return x < 0 ? -x : x; }
static inline float abs(float x) { return fabsf(x); }

template <class T>
static inline T __ldg(const T* address) {
  return *address;
}
