// A plain matrix product of any strides, for what cuBLASLt does not take: C = A B + beta C + bias, [m, n] = [m, k] [k, n].

#define SIDE 16

KERNEL(256, product, const float* a, const float* b, float* c, const float* bias, int m, int n, int k, long long a_row,
       long long a_column, long long a_step, long long b_row, long long b_column, long long b_step, long long c_row,
       long long c_step, float beta) {
  SHARED(float, room);
  float* left = room;
  float* right = room + SIDE * (SIDE + 1);
  const int tx = threadIdx.x % SIDE, ty = threadIdx.x / SIDE;
  const int row = blockIdx.y * SIDE + ty, column = blockIdx.x * SIDE + tx;
  a += blockIdx.z * a_step;
  b += blockIdx.z * b_step;
  c += blockIdx.z * c_step;
  float total = 0.0f;
  for (int first = 0; first < k; first += SIDE) {
    left[ty * (SIDE + 1) + tx] = row < m && first + tx < k ? a[row * a_row + (first + tx) * a_column] : 0.0f;
    right[ty * (SIDE + 1) + tx] = first + ty < k && column < n ? b[(first + ty) * b_row + column * b_column] : 0.0f;
    __syncthreads();
    for (int i = 0; i < SIDE; i++) total += left[ty * (SIDE + 1) + i] * right[i * (SIDE + 1) + tx];
    __syncthreads();
  }
  if (row >= m || column >= n) return;
  float* to = c + row * c_row + column;
  if (bias) total += bias[column];
  *to = beta != 0.0f ? total + beta * *to : total;
}
