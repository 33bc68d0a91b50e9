// Softmax cross-entropy over a vocabulary of which a part at a time has scores, a block for each row.

// Joins scores of words [first, first + width) to what is known of each row: `state` is [3, rows], the greatest score, the sum of
// exponents below it, the target's score.
KERNEL(256, loss_rows, const float* scores, const int* targets, float* state, int width, int ld, int first) {
  SHARED(float, room);
  const int row = blockIdx.x, rows = gridDim.x;
  const float* from = scores + (long long)row * ld;
  float most = -infinity();
  for (int i = threadIdx.x; i < width; i += blockDim.x) most = fmaxf(most, from[i]);
  most = block_max(most, room);
  const float before = first == 0 ? -infinity() : state[row];
  const float now = fmaxf(before, most);
  float sum = 0.0f;
  // A part of which every word is ruled out adds nothing.
  for (int i = threadIdx.x; i < width && now > -infinity(); i += blockDim.x) sum += expf(from[i] - now);
  sum = block_sum(sum, room);
  if (threadIdx.x != 0) return;
  const float kept = first == 0 ? 0.0f : state[rows + row] * (before == now ? 1.0f : expf(before - now));
  state[row] = now;
  state[rows + row] = kept + sum;
  const int target = targets[row] - first;
  if (target >= 0 && target < width) state[2 * rows + row] = from[target];
}

KERNEL(256, loss_end, const float* state, float* losses, float* lse, int rows) {
  for (int row = place(); row < rows; row += places()) {
    const float log_sum = logf(state[rows + row]);
    losses[row] = log_sum + (state[row] - state[2 * rows + row]);
    lse[row] = state[row] + log_sum;
  }
}

// The scores become their own gradient, (softmax - target) * dy.
KERNEL(256, loss_slope, float* scores, const int* targets, const float* lse, const float* dy, int width, int ld,
       int first) {
  const int row = blockIdx.x, target = targets[row] - first;
  float* from = scores + (long long)row * ld;
  const float log_sum = lse[row], factor = dy[row];
  for (int i = threadIdx.x; i < width; i += blockDim.x)
    from[i] = (expf(from[i] - log_sum) - (i == target ? 1.0f : 0.0f)) * factor;
}
