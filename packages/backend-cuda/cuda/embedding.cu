// Rows named by index: gathered, summed over three tables, and scattered back in the order in which they came.

// x is [outer, rows, inner]; to is [outer, count, inner].
KERNEL(256, gather, const unsigned* x, const int* indices, unsigned* to, int n, int rows, int count, int inner) {
  for (int i = place(); i < n; i += places()) {
    const int column = i % inner, at = (i / inner) % count, outer = i / inner / count;
    to[i] = x[((long long)outer * rows + indices[at]) * inner + column];
  }
}

KERNEL(256, embedding_sum, const float* tokens, const float* positions, const float* langs, const int* ids,
       const int* places_of, const int* langs_of, float* to, int dim) {
  const int row = blockIdx.x;
  const float* token = tokens + (long long)ids[row] * dim;
  const float* position = positions + (long long)places_of[row] * dim;
  const float* lang = langs ? langs + (long long)langs_of[row] * dim : nullptr;
  for (int i = threadIdx.x; i < dim; i += blockDim.x) {
    const float two = token[i] + position[i];
    to[(long long)row * dim + i] = lang ? two + lang[i] : two;
  }
}

// The rows of dy are in an order in which those of one index stand together. A segment is a stretch of them, [from, until), at
// most so long that there is work for all; its sum goes to row `row` of `to`, or of `partial` where an index has several.
KERNEL(256, segment_sums, const float* dy, const int* order, const int* segments, float* to, float* partial, int dim) {
  const int from = segments[4 * blockIdx.x], until = segments[4 * blockIdx.x + 1];
  const int row = segments[4 * blockIdx.x + 2], whole = segments[4 * blockIdx.x + 3];
  float* out = (whole ? to : partial) + (long long)row * dim;
  for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < dim; i += gridDim.y * blockDim.x) {
    float total = 0.0f;
    for (int at = from; at < until; at++) total += dy[(long long)order[at] * dim + i];
    out[i] = total;
  }
}

// Rows [from, until) of `partial`, added up, to row `row` of `to`.
KERNEL(256, segment_joins, const float* partial, const int* joins, float* to, int dim) {
  const int from = joins[3 * blockIdx.x], until = joins[3 * blockIdx.x + 1], row = joins[3 * blockIdx.x + 2];
  for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < dim; i += gridDim.y * blockDim.x) {
    float total = 0.0f;
    for (int at = from; at < until; at++) total += partial[(long long)at * dim + i];
    to[(long long)row * dim + i] = total;
  }
}
