// Over many arrays in one launch: each is cut into spans, a block for each span.

// `spans` holds, for each, the addresses of p, g, m, v and of the new p, m, v, then the number of elements.
KERNEL(256, adam, const unsigned long long* spans, const float* grad_scale, float beta1, float rest1, float beta2,
       float rest2, float size, float eps, float decay) {
  const unsigned long long* span = spans + 8 * (long long)blockIdx.x;
  const float* p = (const float*)span[0];
  const float* g = (const float*)span[1];
  const float* m = (const float*)span[2];
  const float* v = (const float*)span[3];
  float* new_p = (float*)span[4];
  float* new_m = (float*)span[5];
  float* new_v = (float*)span[6];
  const int n = (int)span[7];
  const float scale = grad_scale ? *grad_scale : 1.0f;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    const float grad = g[i] * scale;
    const float first = m[i] * beta1 + grad * rest1;
    const float second = v[i] * beta2 + grad * grad * rest2;
    const float held = decay != 0.0f ? p[i] - p[i] * decay : p[i];
    new_p[i] = held - first * size / (sqrtf(second) + eps);
    new_m[i] = first;
    new_v[i] = second;
  }
}

// `spans` holds an address and a number of elements; the sum of squares of each goes to `partial`.
KERNEL(256, squares, const unsigned long long* spans, float* partial) {
  SHARED(float, room);
  const float* x = (const float*)spans[2 * (long long)blockIdx.x];
  const int n = (int)spans[2 * (long long)blockIdx.x + 1];
  float total = 0.0f;
  for (int i = threadIdx.x; i < n; i += blockDim.x) total += x[i] * x[i];
  total = block_sum(total, room);
  if (threadIdx.x == 0) partial[blockIdx.x] = total;
}

// One block: the root of the sum of `n` numbers.
KERNEL(256, root_of_sum, const float* partial, float* to, int n) {
  SHARED(float, room);
  float total = 0.0f;
  for (int i = threadIdx.x; i < n; i += blockDim.x) total += partial[i];
  total = block_sum(total, room);
  if (threadIdx.x == 0) *to = sqrtf(total);
}
