// (norm(residual + dropout(x)) * gamma + beta) * rowMask, a block for each row.

__device__ __forceinline__ float4 factors_at(unsigned least, unsigned key0, unsigned key1, float kept, int drops,
                                             unsigned long long first) {
  if (!drops) return make_float4(1.0f, 1.0f, 1.0f, 1.0f);
  return factors(Dropout{key0, key1, least, kept}, first);
}

// `sums` is what is normed, written where something is joined to x, else x itself; `stats` is [rows, 2], mean and 1 / deviation;
// `out_half` is the result once more, as bf16, or null.
KERNEL(256, layer_norm, const void* x, int x_half, const void* residual, int residual_half, const float* gamma,
       const float* beta, const float* row_mask, float* out, void* out_half, float* sums, float* stats, int dim,
       float eps, int drops, unsigned key0, unsigned key1, unsigned least, float kept) {
  SHARED(float, room);
  const long long start = (long long)blockIdx.x * dim;
  const bool joins = residual != nullptr || drops;
  float total = 0.0f;
  for (int i = 4 * threadIdx.x; i < dim; i += 4 * blockDim.x) {
    const float4 f = factors_at(least, key0, key1, kept, drops, start + i);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      if (i + j >= dim) break;
      float value = get(x, x_half, start + i + j);
      if (joins) {
        value = value * part(f, j) + (residual ? get(residual, residual_half, start + i + j) : 0.0f);
        sums[start + i + j] = value;
      }
      total += value;
    }
  }
  const float mean = block_sum(total, room) / dim;
  float squares = 0.0f;
  for (int i = 4 * threadIdx.x; i < dim; i += 4 * blockDim.x) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      if (i + j >= dim) break;
      const float centred = sums[start + i + j] - mean;
      squares += centred * centred;
    }
  }
  const float scale = 1.0f / sqrtf(block_sum(squares, room) / dim + eps);
  const float mask = row_mask ? row_mask[blockIdx.x] : 1.0f;
  for (int i = 4 * threadIdx.x; i < dim; i += 4 * blockDim.x) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      if (i + j >= dim) break;
      const float value = ((sums[start + i + j] - mean) * scale * gamma[i + j] + beta[i + j]) * mask;
      out[start + i + j] = value;
      if (out_half) put(out_half, 1, start + i + j, value);
    }
  }
  if (threadIdx.x == 0) {
    stats[2 * blockIdx.x] = mean;
    stats[2 * blockIdx.x + 1] = scale;
  }
}

// To what was normed (`to_sum`, the residual's gradient) and, under dropout, to x.
KERNEL(256, layer_norm_grad, const void* dy, int dy_half, const float* gamma, const float* row_mask, const float* sums,
       const float* stats, void* dx, int dx_half, float* to_sum, int dim, int drops, unsigned key0, unsigned key1,
       unsigned least, float kept) {
  SHARED(float, room);
  const long long start = (long long)blockIdx.x * dim;
  const float mean = stats[2 * blockIdx.x], scale = stats[2 * blockIdx.x + 1];
  const float mask = row_mask ? row_mask[blockIdx.x] : 1.0f;
  float total = 0.0f, along = 0.0f;
  for (int i = threadIdx.x; i < dim; i += blockDim.x) {
    const float to_normed = get(dy, dy_half, start + i) * mask * gamma[i];
    total += to_normed;
    along += to_normed * ((sums[start + i] - mean) * scale);
  }
  total = block_sum(total, room) / dim;
  along = block_sum(along, room) / dim;
  for (int i = 4 * threadIdx.x; i < dim; i += 4 * blockDim.x) {
    const float4 f = factors_at(least, key0, key1, kept, drops, start + i);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      if (i + j >= dim) break;
      const long long at = start + i + j;
      const float normed = (sums[at] - mean) * scale;
      const float value = (get(dy, dy_half, at) * mask * gamma[i + j] - total - normed * along) * scale;
      put(dx, dx_half, at, value * part(f, j));
      if (to_sum) to_sum[at] = value;
    }
  }
}

// Sums over `group` rows of what goes to gamma and beta: `partial` is [2, groups, dim].
KERNEL(256, layer_norm_columns, const void* dy, int dy_half, const float* row_mask, const float* sums, const float* stats,
       float* partial, int rows, int dim, int group) {
  const int column = place();
  if (column >= dim) return;
  const int first = blockIdx.y * group, last = min(rows, first + group);
  float to_gamma = 0.0f, to_beta = 0.0f;
  for (int row = first; row < last; row++) {
    const long long at = (long long)row * dim + column;
    const float slope = get(dy, dy_half, at) * (row_mask ? row_mask[row] : 1.0f);
    to_gamma += slope * ((sums[at] - stats[2 * row]) * stats[2 * row + 1]);
    to_beta += slope;
  }
  partial[(long long)blockIdx.y * dim + column] = to_gamma;
  partial[((long long)gridDim.y + blockIdx.y) * dim + column] = to_beta;
}
