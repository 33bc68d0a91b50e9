// The k greatest log-softmax values of each row, a block for each. Of equal scores the lower index comes first.

// Whether score a at index i comes before score b at index j.
__device__ __forceinline__ bool before(float a, int i, float b, int j) { return a > b || (a == b && i < j); }

KERNEL(256, top_log_probs, const float* scores, float* values, int* indices, int vocab, int k) {
  SHARED(float, room);
  int* places_found = reinterpret_cast<int*>(room + 32);
  const float* row = scores + (long long)blockIdx.x * vocab;
  float* out = values + (long long)blockIdx.x * k;
  int* out_indices = indices + (long long)blockIdx.x * k;
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, warps = blockDim.x / WARP;
  float most = -infinity();
  for (int i = threadIdx.x; i < vocab; i += blockDim.x) most = greater(most, row[i]);
  most = block_max(most, room);
  float sum = 0.0f;
  for (int i = threadIdx.x; i < vocab; i += blockDim.x) sum += expf(row[i] - most);
  const float log_sum = logf(block_sum(sum, room));
  if (log_sum != log_sum) {  // no log-softmax
    for (int i = threadIdx.x; i < k; i += blockDim.x) {
      out[i] = log_sum;
      out_indices[i] = i;
    }
    return;
  }
  float last = infinity();
  int last_index = -1;
  for (int found = 0; found < k; found++) {
    float best = -infinity();
    int index = vocab;
    for (int i = threadIdx.x; i < vocab; i += blockDim.x) {
      const float score = row[i];
      if (before(last, last_index, score, i) && before(score, i, best, index)) {
        best = score;
        index = i;
      }
    }
    for (int step = 16; step > 0; step >>= 1) {
      const float other = __shfl_xor_sync(ALL_LANES, best, step);
      const int other_index = __shfl_xor_sync(ALL_LANES, index, step);
      if (before(other, other_index, best, index)) {
        best = other;
        index = other_index;
      }
    }
    __syncthreads();
    if (lane == 0) {
      room[warp] = best;
      places_found[warp] = index;
    }
    __syncthreads();
    last = room[0];
    last_index = places_found[0];
    for (int w = 1; w < warps; w++) {
      if (before(room[w], places_found[w], last, last_index)) {
        last = room[w];
        last_index = places_found[w];
      }
    }
    if (threadIdx.x == 0) {
      out[found] = last - most - log_sum;
      out_indices[found] = last_index;
    }
  }
}
