// The kernels of the self-test.
#pragma once

inline const char* const kernels = R"(
KERNEL(256, add, const float* a, const float* b, float* c, int n) {
  int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) c[i] = a[i] + b[i];
}

// Warp by warp with shuffles, then the warps' sums through shared memory.
KERNEL(256, reduce, const float* __restrict__ x, float* sums) {
  SHARED(float, partial);
  float sum = x[blockIdx.x * blockDim.x + threadIdx.x];
  #pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.0f;
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(0xffffffffu, sum, (unsigned)offset);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
  }
}

KERNEL(32, warps, int* out) {
  int lane = (int)threadIdx.x;
  out[lane] = __shfl_sync(0xffffffffu, lane, 5);
  out[32 + lane] = __shfl_up_sync(0xffffffffu, lane, 3);
  out[64 + lane] = __shfl_down_sync(0xffffffffu, lane, 3, 8);
  out[96 + lane] = (int)__ballot_sync(0xffffffffu, lane % 3 == 0);
  out[128 + lane] = __any_sync(0xffffffffu, lane == 7) * 2 + __all_sync(0xffffffffu, lane < 31);
  if (lane < 16) out[160 + lane] = __shfl_xor_sync(0x0000ffffu, lane, 1);
  else out[160 + lane] = __shfl_xor_sync(0xffff0000u, lane, 2);
}

KERNEL(32, tensor32, const unsigned* a, const unsigned* b, float* c) {
  unsigned fa[4], fb[2];
  float fc[4];
  for (int i = 0; i < 4; i++) fa[i] = a[threadIdx.x * 4 + i], fc[i] = c[threadIdx.x * 4 + i];
  for (int i = 0; i < 2; i++) fb[i] = b[threadIdx.x * 2 + i];
  mma_tf32(fc, fa, fb);
  for (int i = 0; i < 4; i++) c[threadIdx.x * 4 + i] = fc[i];
}

KERNEL(32, tensor16, const unsigned* a, const unsigned* b, float* c) {
  unsigned fa[4], fb[2];
  float fc[4];
  for (int i = 0; i < 4; i++) fa[i] = a[threadIdx.x * 4 + i], fc[i] = c[threadIdx.x * 4 + i];
  for (int i = 0; i < 2; i++) fb[i] = b[threadIdx.x * 2 + i];
  mma_bf16(fc, fa, fb);
  for (int i = 0; i < 4; i++) c[threadIdx.x * 4 + i] = fc[i];
}

KERNEL(32, conversions, const float* x, unsigned* out) {
  out[threadIdx.x] = to_tf32(x[threadIdx.x]);
  out[32 + threadIdx.x] = pack_bf16(x[threadIdx.x], 1.0f);
}

KERNEL(256, atomics, unsigned* counter, float* sum, int* most) {
  atomicAdd(counter, 1u);
  atomicAdd(sum, 0.5f);
  atomicMax(most, (int)threadIdx.x);
}

KERNEL(64, mixed, char a, double b, short c, float4 d, int e, double* out) {
  if (threadIdx.x == 0) out[0] = a + b + c + d.x + d.w + e;
}

KERNEL(64, read_at, const float* x, int i, float* out) { if (threadIdx.x == 3) out[0] = x[i]; }
KERNEL(64, write_at, float* x, int i) { if (threadIdx.x == 3) x[i] = 1.0f; }
KERNEL(64, write_shared_at, int i) { SHARED(float, s); if (threadIdx.x == 3) s[i] = 1.0f; }
KERNEL(64, read_vector_at, const float* x, int i, float4* out) {
  if (threadIdx.x == 3) out[0] = *(const float4*)(x + i);
}
KERNEL(64, read_shared, unsigned* out) { SHARED(unsigned, s); out[threadIdx.x] = s[threadIdx.x]; }
KERNEL(64, read_table, int* out) {
  static const int table[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  out[threadIdx.x] = table[threadIdx.x % 8];
}

KERNEL(64, leave_early, float* out) {
  if (threadIdx.x < 10) return;
  __syncthreads();
  out[0] = 1.0f;
}
KERNEL(64, two_barriers, float* out) {
  if (threadIdx.x % 2) __syncthreads(); else __syncwarp();
  out[0] = 1.0f;
}

KERNEL(64, race_write, float* out) {
  SHARED(float, s);
  s[threadIdx.x / 2] = 1.0f;
  __syncthreads();
  out[threadIdx.x] = s[threadIdx.x / 2];
}
// The classic: the neighbour's value is added in place with no barrier between.
KERNEL(64, race_in_place, float* out) {
  SHARED(float, s);
  s[threadIdx.x] = 1.0f;
  __syncthreads();
  if (threadIdx.x < 32) s[threadIdx.x] += s[threadIdx.x + 1];
  __syncthreads();
  out[threadIdx.x] = s[threadIdx.x];
}
KERNEL(64, race_between_warps, float* out) {
  SHARED(float, s);
  s[threadIdx.x] = 1.0f;
  __syncwarp();
  out[threadIdx.x] = s[63 - threadIdx.x];
}
KERNEL(64, no_race, float* out) {
  SHARED(float, s);
  s[threadIdx.x] = 1.0f;
  __syncwarp();
  float other = s[threadIdx.x ^ 1];
  __syncwarp();
  s[threadIdx.x] = other;
  __syncthreads();
  out[threadIdx.x] = s[63 - threadIdx.x];
}

KERNEL(256, nothing, int n) {}
KERNEL(256, barriers, int n) { for (int i = 0; i < n; i++) __syncthreads(); }
KERNEL(256, shared_work, float* out, int n) {
  SHARED(float, s);
  s[threadIdx.x] = s[threadIdx.x + 256] = 0.0f;
  for (int i = 0; i < n; i++) s[threadIdx.x + i % 2 * 256] += 1.0f;
  out[threadIdx.x] = s[threadIdx.x];
}
KERNEL(32, tensor_work, float* out, int n) {
  float c[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  unsigned a[4] = {0, 0, 0, 0}, b[2] = {0, 0};
  for (int i = 0; i < n; i++) mma_bf16(c, a, b);
  out[threadIdx.x] = c[0];
}
)";
