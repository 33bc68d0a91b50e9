// Sums, greatest and least, along one axis. The order of additions depends on the sizes alone.

#define SUM 0
#define MAX 1

__device__ __forceinline__ float join(int op, float a, float b) {
  return op == SUM ? a + b : op == MAX ? greater(a, b) : lesser(a, b);
}
__device__ __forceinline__ float nothing(int op) {
  return op == SUM ? 0.0f : op == MAX ? -infinity() : infinity();
}

// [rows, m] to [rows, parts]: a warp for each part of `length` neighbours.
KERNEL(256, reduce_rows, int op, const float* x, float* to, int rows, int m, int length, int parts, float divisor) {
  const int lane = threadIdx.x % WARP, all = rows * parts;
  for (int at = place() / WARP; at < all; at += places() / WARP) {
    const int row = at / parts, first = (at % parts) * length, last = min(m, first + length);
    const float* from = x + (long long)row * m;
    float total = nothing(op);
    for (int i = first + lane; i < last; i += WARP) total = join(op, total, from[i]);
    for (int step = 16; step > 0; step >>= 1) total = join(op, total, __shfl_xor_sync(ALL_LANES, total, step));
    if (lane == 0) to[at] = total / divisor;
  }
}

// [outer, m, inner] to [outer, parts, inner]: a thread for each column of a part.
KERNEL(256, reduce_columns, int op, const float* x, float* to, int outer, int m, int inner, int length, int parts,
       float divisor) {
  const int all = outer * parts * inner;
  for (int at = place(); at < all; at += places()) {
    const int column = at % inner, part = (at / inner) % parts, o = at / inner / parts;
    const int first = part * length, last = min(m, first + length);
    const float* from = x + ((long long)o * m + first) * inner + column;
    float total = nothing(op);
    for (int i = first; i < last; i++, from += inner) total = join(op, total, *from);
    to[at] = total / divisor;
  }
}

// Along rows of n, a block for each.
KERNEL(256, softmax, const float* x, float* to, int n) {
  SHARED(float, room);
  const float* from = x + (long long)blockIdx.x * n;
  float* out = to + (long long)blockIdx.x * n;
  float most = -infinity();
  for (int i = threadIdx.x; i < n; i += blockDim.x) most = greater(most, from[i]);
  most = block_max(most, room);
  float sum = 0.0f;
  for (int i = threadIdx.x; i < n; i += blockDim.x) sum += expf(from[i] - most);
  sum = block_sum(sum, room);
  for (int i = threadIdx.x; i < n; i += blockDim.x) out[i] = expf(from[i] - most) / sum;
}
