// What surrounds a matrix product: the activation after it, and before its gradient the activation's slope and column sums.

#define GELU 1
#define RELU 2

__device__ __forceinline__ float normal_cdf(float x) { return 0.5f * (1.0f + erff(x * 0.70710678118654752f)); }

// The exact GELU. Differs: cuBLASLt's own epilogue has the tanh approximation.
KERNEL(256, activate, int kind, const void* x, void* to, int half, int n) {
  for (int i = place(); i < n; i += places()) {
    const float value = get(x, half, i);
    put(to, half, i, kind == GELU ? value * normal_cdf(value) : greater(value, 0.0f));
  }
}

__device__ __forceinline__ float slope(int kind, float x) {
  if (kind == GELU) return normal_cdf(x) + x * 0.39894228040143268f * expf(-0.5f * x * x);
  return kind == RELU && !(x > 0.0f) ? (x != x ? x : 0.0f) : 1.0f;
}

// to = dy * slope(before) over [m, n], and sums over `group` rows of each column: `partial` is [groups, n], or null. `before` and `to`
// are stored alike.
KERNEL(256, slope_columns, int kind, const void* before, const void* dy, int dy_half, void* to, int half,
       float* partial, int m, int n, int ld, int group) {
  const int column = place();
  if (column >= n) return;
  const int first = blockIdx.y * group, last = min(m, first + group);
  float total = 0.0f;
  for (int row = first; row < last; row++) {
    const long long at = (long long)row * ld + column;
    const float given = get(dy, dy_half, at), value = kind ? given * slope(kind, get(before, half, at)) : given;
    if (kind) put(to, half, at, value);
    total += value;
  }
  if (partial) partial[(long long)blockIdx.y * n + column] = total;
}

// to[i, :] = row, for the product of nothing.
KERNEL(256, repeat_row, const float* row, float* to, int n, int columns) {
  for (int i = place(); i < n; i += places()) to[i] = row ? row[i % columns] : 0.0f;
}
