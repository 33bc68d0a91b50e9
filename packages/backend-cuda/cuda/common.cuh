// What every kernel text begins with. Built by NVRTC for a GPU, and by the host emulator, which brings its own KERNEL, SHARED
// and tensor-core functions. No header is included: NVRTC may stand on a machine that has none.

#ifndef XLM_CUDA_EMULATOR

// A kernel and the number of threads a block has. The host reads names, threads and parameter types from this line.
#define KERNEL(threads, name, ...) extern "C" __global__ void __launch_bounds__(threads) name(__VA_ARGS__)

// The shared memory of a block, its size given at launch.
#define SHARED(type, name)                              \
  extern __shared__ __align__(16) unsigned char pool[]; \
  type* name = reinterpret_cast<type*>(pool)

#if __CUDA_ARCH__ >= 800
__device__ __forceinline__ unsigned to_tf32(float x) {
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

// Two bf16, the first in the low half.
__device__ __forceinline__ unsigned pack_bf16(float low, float high) {
  unsigned bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
  return bits;
}

// c += a b over a warp, [16, 8] += [16, 8] [8, 8]. Fragments as the PTX manual lays them out.
__device__ __forceinline__ void mma_tf32(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// The same of bf16, [16, 8] += [16, 16] [16, 8].
__device__ __forceinline__ void mma_bf16(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif
#endif

#define WARP 32
#define ALL_LANES 0xffffffffu

__device__ __forceinline__ float infinity() { return __int_as_float(0x7f800000); }

// Arrays that a backend may store as bf16: element i of one, as a float, and the way back, rounded to nearest even.
__device__ __forceinline__ float get(const void* x, int half, long long i) {
  if (half) return __uint_as_float((unsigned)((const unsigned short*)x)[i] << 16);
  return ((const float*)x)[i];
}
__device__ __forceinline__ void put(void* x, int half, long long i, float value) {
  if (!half) {
    ((float*)x)[i] = value;
    return;
  }
  const unsigned bits = __float_as_uint(value);
  const unsigned rounded = value == value ? (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16 : 0x7fffu;
  ((unsigned short*)x)[i] = (unsigned short)rounded;
}

// The place of this thread among all of a launch, and how many there are.
__device__ __forceinline__ int place() { return (int)(blockIdx.x * blockDim.x + threadIdx.x); }
__device__ __forceinline__ int places() { return (int)(gridDim.x * blockDim.x); }

// As Math.max and Math.min: not-a-number stays.
__device__ __forceinline__ float greater(float a, float b) { return a > b || a != a ? a : b; }
__device__ __forceinline__ float lesser(float a, float b) { return a < b || a != a ? a : b; }

__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int step = 16; step > 0; step >>= 1) x += __shfl_xor_sync(ALL_LANES, x, step);
  return x;
}
__device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int step = 16; step > 0; step >>= 1) x = greater(x, __shfl_xor_sync(ALL_LANES, x, step));
  return x;
}

// Over all threads of a block of whole warps; `room` is 32 floats of shared memory. Every thread gets the result.
__device__ __forceinline__ float block_sum(float x, float* room) {
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, warps = blockDim.x / WARP;
  x = warp_sum(x);
  __syncthreads();
  if (lane == 0) room[warp] = x;
  __syncthreads();
  return warp_sum(lane < warps ? room[lane] : 0.0f);
}
__device__ __forceinline__ float block_max(float x, float* room) {
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, warps = blockDim.x / WARP;
  x = warp_max(x);
  __syncthreads();
  if (lane == 0) room[warp] = x;
  __syncthreads();
  return warp_max(lane < warps ? room[lane] : -infinity());
}

// Philox4x32-10 (Salmon et al. 2011): the four words of block `block` of a key's stream.
__device__ __forceinline__ uint4 philox(unsigned key0, unsigned key1, unsigned long long block) {
  unsigned c0 = (unsigned)block, c1 = (unsigned)(block >> 32), c2 = 0, c3 = 0;
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const unsigned high0 = __umulhi(0xd2511f53u, c0), low0 = 0xd2511f53u * c0;
    const unsigned high1 = __umulhi(0xcd9e8d57u, c2), low1 = 0xcd9e8d57u * c2;
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return make_uint4(c0, c1, c2, c3);
}

__device__ __forceinline__ unsigned word_of(uint4 words, int i) {
  return i == 0 ? words.x : i == 1 ? words.y : i == 2 ? words.z : words.w;
}

// A dropout as DropoutSpec has it: element i stays iff word i of the key's stream is at least `least`.
struct Dropout {
  unsigned key0, key1, least;
  float kept;
};

// The factors of elements `first` to `first + 3`.
__device__ __forceinline__ float4 factors(const Dropout& dropout, unsigned long long first) {
  const int shift = (int)(first & 3);
  uint4 a = philox(dropout.key0, dropout.key1, first >> 2);
  if (shift != 0) {
    const uint4 b = philox(dropout.key0, dropout.key1, (first >> 2) + 1);
    a = shift == 1   ? make_uint4(a.y, a.z, a.w, b.x)
        : shift == 2 ? make_uint4(a.z, a.w, b.x, b.y)
                     : make_uint4(a.w, b.x, b.y, b.z);
  }
  return make_float4(a.x >= dropout.least ? dropout.kept : 0.0f, a.y >= dropout.least ? dropout.kept : 0.0f,
                     a.z >= dropout.least ? dropout.kept : 0.0f, a.w >= dropout.least ? dropout.kept : 0.0f);
}

__device__ __forceinline__ float part(const float4& x, int i) {
  return i == 0 ? x.x : i == 1 ? x.y : i == 2 ? x.z : x.w;
}
