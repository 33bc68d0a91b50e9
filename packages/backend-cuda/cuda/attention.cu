// Scaled dot-product attention and its gradient, weights computed tile by tile and never stored (Dao et al. 2022).
// Compiled for a head: DIM its dimension in whole sixteens, WARPS of a block, LOOP rows that the block goes over at a time,
// MATH how products are made: 0 float32, 1 TF32 and 2 bf16 on tensor cores, sums in float32 all the same.
//
// A warp owns 16 rows (queries, or keys in the gradient of keys and values) and meets the rows of the other side LOOP at a time,
// which the block shares. Of a 16 x 8 product lane `4 g + t` holds rows g and g + 8, columns 2 t and 2 t + 1.

#define THREADS (32 * WARPS)
#define ROWS (16 * WARPS)
#define LD (DIM + 4)     // rows of shared memory, set off so that eight of them meet different banks
#define LDP (LOOP + 4)

struct Head {
  long long queries, keys;  // where the head begins in q and out, and in k and v
  int index;                // of all heads of all sentences
  int known;                // keys that a query may see at all
  int ahead;                // under causal, query i sees keys up to i + ahead
  int causal;
};

__device__ __forceinline__ Head head_of(int index, int heads, int seq_q, int seq_k, int head_dim, const int* lengths) {
  const int sentence = index / heads, head = index % heads;
  const long long dim = (long long)heads * head_dim;
  Head h;
  h.index = index;
  h.queries = (long long)sentence * seq_q * dim + head * head_dim;
  h.keys = (long long)sentence * seq_k * dim + head * head_dim;
  h.causal = lengths == nullptr;
  h.known = lengths ? max(0, min(lengths[sentence], seq_k)) : seq_k;
  h.ahead = seq_k - seq_q;
  return h;
}

__device__ __forceinline__ bool sees(const Head& h, int query, int key) {
  return key < h.known && (!h.causal || key <= query + h.ahead);
}

// Rows [first, first + count) of a head, those from `end` on and columns beyond the head as zeros.
__device__ __forceinline__ void load(float* to, const float* from, int first, int count, int end, long long dim,
                                     int head_dim, float factor) {
  for (int i = threadIdx.x; i < count * DIM; i += THREADS) {
    const int row = i / DIM, column = i % DIM;
    to[row * LD + column] =
        first + row < end && column < head_dim ? from[(first + row) * dim + column] * factor : 0.0f;
  }
}

// c [16, N] += a [16, K] b, with b(k, n) at b[n * ldb + k], or where it lies by K at b[k * ldb + n].
template <int N, int K, bool BY_K>
__device__ __forceinline__ void multiply(float (&c)[N / 8][4], const float* a, int lda, const float* b, int ldb) {
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4;
#define B(k, n) (BY_K ? b[(k) * ldb + (n)] : b[(n) * ldb + (k)])
#if MATH == 0
  for (int k = 0; k < K; k++) {
    const float top = a[g * lda + k], low = a[(g + 8) * lda + k];
#pragma unroll
    for (int j = 0; j < N / 8; j++) {
      const float left = B(k, 8 * j + 2 * t), right = B(k, 8 * j + 2 * t + 1);
      c[j][0] += top * left;
      c[j][1] += top * right;
      c[j][2] += low * left;
      c[j][3] += low * right;
    }
  }
#elif MATH == 1
  for (int k = 0; k < K; k += 8) {
    const unsigned left[4] = {to_tf32(a[g * lda + k + t]), to_tf32(a[(g + 8) * lda + k + t]),
                              to_tf32(a[g * lda + k + t + 4]), to_tf32(a[(g + 8) * lda + k + t + 4])};
#pragma unroll
    for (int j = 0; j < N / 8; j++) {
      const unsigned right[2] = {to_tf32(B(k + t, 8 * j + g)), to_tf32(B(k + t + 4, 8 * j + g))};
      mma_tf32(c[j], left, right);
    }
  }
#else
  for (int k = 0; k < K; k += 16) {
    const int i = k + 2 * t;
    const unsigned left[4] = {pack_bf16(a[g * lda + i], a[g * lda + i + 1]),
                              pack_bf16(a[(g + 8) * lda + i], a[(g + 8) * lda + i + 1]),
                              pack_bf16(a[g * lda + i + 8], a[g * lda + i + 9]),
                              pack_bf16(a[(g + 8) * lda + i + 8], a[(g + 8) * lda + i + 9])};
#pragma unroll
    for (int j = 0; j < N / 8; j++) {
      const unsigned right[2] = {pack_bf16(B(i, 8 * j + g), B(i + 1, 8 * j + g)),
                                 pack_bf16(B(i + 8, 8 * j + g), B(i + 9, 8 * j + g))};
      mma_bf16(c[j], left, right);
    }
  }
#endif
#undef B
}

__device__ __forceinline__ float factor_of(const unsigned* bits, const Head& h, int query, int key, int seq_q,
                                           int seq_k, float kept) {
  if (!bits) return 1.0f;
  const int words = (seq_k + 31) / 32;
  return (bits[((long long)h.index * seq_q + query) * words + key / 32] >> (key % 32)) & 1u ? kept : 0.0f;
}

// Of 16 rows: to = c * factor, row `first + i` at from's place, rows from `end` on left alone.
__device__ __forceinline__ void store(float* to, const float (&c)[DIM / 8][4], int first, int end, long long dim,
                                      int head_dim, float top, float low) {
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4;
#pragma unroll
  for (int j = 0; j < DIM / 8; j++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const int row = first + g + (e < 2 ? 0 : 8), column = 8 * j + 2 * t + e % 2;
      if (row < end && column < head_dim) to[row * dim + column] = c[j][e] * (e < 2 ? top : low);
    }
  }
}

// `lengths` is null under causal, `bits` without dropout. Blocks: heads x tiles of queries.
KERNEL(THREADS, attention, const float* q, const float* k, const float* v, const int* lengths, const unsigned* bits,
       float* out, float* lse, int heads, int seq_q, int seq_k, int head_dim, float scale, float kept) {
  SHARED(float, room);
  float* queries = room;
  float* keys = queries + ROWS * LD;
  float* values = keys + LOOP * LD;
  float* weights = values + LOOP * LD + (threadIdx.x / WARP) * 16 * LDP;
  const int tiles = (seq_q + ROWS - 1) / ROWS, first_row = (blockIdx.x % tiles) * ROWS;
  const Head h = head_of(blockIdx.x / tiles, heads, seq_q, seq_k, head_dim, lengths);
  const long long dim = (long long)heads * head_dim;
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4, mine = first_row + (threadIdx.x / WARP) * 16;
  const int last_row = min(seq_q, first_row + ROWS) - 1;
  const int end = h.causal ? min(h.known, last_row + h.ahead + 1) : h.known;
  load(queries, q + h.queries, first_row, ROWS, seq_q, dim, head_dim, scale);
  float mixed[DIM / 8][4] = {};
  float most[2] = {-infinity(), -infinity()}, total[2] = {0.0f, 0.0f};
  for (int first = 0; first < end; first += LOOP) {
    __syncthreads();
    load(keys, k + h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    load(values, v + h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    __syncthreads();
    float scores[LOOP / 8][4] = {};
    multiply<LOOP, DIM, false>(scores, queries + (mine - first_row) * LD, LD, keys, LD);
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = mine + g + 8 * half;
      float now = most[half];
#pragma unroll
      for (int j = 0; j < LOOP / 8; j++)
#pragma unroll
        for (int e = 0; e < 2; e++)
          if (sees(h, row, first + 8 * j + 2 * t + e)) now = fmaxf(now, scores[j][2 * half + e]);
      now = fmaxf(now, __shfl_xor_sync(ALL_LANES, now, 1));
      now = fmaxf(now, __shfl_xor_sync(ALL_LANES, now, 2));
      const float shrink = most[half] == now ? 1.0f : expf(most[half] - now);
      most[half] = now;
      total[half] *= shrink;
#pragma unroll
      for (int j = 0; j < DIM / 8; j++) {
        mixed[j][2 * half] *= shrink;
        mixed[j][2 * half + 1] *= shrink;
      }
#pragma unroll
      for (int j = 0; j < LOOP / 8; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const int key = first + 8 * j + 2 * t + e;
          const float score = scores[j][2 * half + e];
          // While all scores are -Infinity none has a weight.
          const float weight = !sees(h, row, key) || score == -infinity() ? 0.0f : expf(score - now);
          total[half] += weight;
          const float factor = row < seq_q && weight != 0.0f ? factor_of(bits, h, row, key, seq_q, seq_k, kept) : 1.0f;
          weights[(g + 8 * half) * LDP + 8 * j + 2 * t + e] = weight * factor;
        }
      }
    }
    __syncwarp();
    multiply<DIM, LOOP, true>(mixed, weights, LDP, values, LD);
    __syncwarp();
  }
  float share[2];
#pragma unroll
  for (int half = 0; half < 2; half++) {
    total[half] += __shfl_xor_sync(ALL_LANES, total[half], 1);
    total[half] += __shfl_xor_sync(ALL_LANES, total[half], 2);
    const int row = mine + g + 8 * half;
    share[half] = h.known > 0 ? 1.0f / total[half] : 0.0f;
    if (t == 0 && row < seq_q) {
      lse[(long long)h.index * seq_q + row] = h.known > 0 ? most[half] + logf(total[half]) : infinity();
    }
  }
  store(out + h.queries, mixed, mine, seq_q, dim, head_dim, share[0], share[1]);
}

// dy . out for each query of each head: a warp for each.
KERNEL(256, attention_dots, const float* dy, const float* out, float* dots, int n, int heads, int seq_q, int head_dim) {
  const int lane = threadIdx.x % WARP;
  for (int at = place() / WARP; at < n; at += places() / WARP) {
    const int row = at % seq_q, head = (at / seq_q) % heads, sentence = at / seq_q / heads;
    const long long start = ((long long)(sentence * seq_q + row) * heads + head) * head_dim;
    float total = 0.0f;
    for (int i = lane; i < head_dim; i += WARP) total += dy[start + i] * out[start + i];
    total = warp_sum(total);
    if (lane == 0) dots[at] = total;
  }
}

// Gradients of keys and values. Blocks: heads x tiles of keys.
KERNEL(THREADS, attention_grad_keys, const float* q, const float* k, const float* v, const int* lengths,
       const unsigned* bits, const float* dy, const float* lse, const float* dots, float* dk, float* dv, int heads,
       int seq_q, int seq_k, int head_dim, float scale, float kept) {
  SHARED(float, room);
  float* keys = room;
  float* values = keys + ROWS * LD;
  float* queries = values + ROWS * LD;
  float* slopes = queries + LOOP * LD;
  float* weights = slopes + LOOP * LD + (threadIdx.x / WARP) * 16 * LDP;
  const int tiles = (seq_k + ROWS - 1) / ROWS, first_row = (blockIdx.x % tiles) * ROWS;
  const Head h = head_of(blockIdx.x / tiles, heads, seq_q, seq_k, head_dim, lengths);
  const long long dim = (long long)heads * head_dim;
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4, mine = first_row + (threadIdx.x / WARP) * 16;
  load(keys, k + h.keys, first_row, ROWS, h.known, dim, head_dim, 1.0f);
  load(values, v + h.keys, first_row, ROWS, h.known, dim, head_dim, 1.0f);
  float to_keys[DIM / 8][4] = {}, to_values[DIM / 8][4] = {};
  const int least = h.causal ? max(0, first_row - h.ahead) / LOOP * LOOP : 0;
  const int until = first_row < h.known ? seq_q : 0;
  for (int first = least; first < until; first += LOOP) {
    __syncthreads();
    load(queries, q + h.queries, first, LOOP, seq_q, dim, head_dim, scale);
    load(slopes, dy + h.queries, first, LOOP, seq_q, dim, head_dim, 1.0f);
    __syncthreads();
    float scores[LOOP / 8][4] = {}, onto[LOOP / 8][4] = {};
    multiply<LOOP, DIM, false>(scores, keys + (mine - first_row) * LD, LD, queries, LD);
    multiply<LOOP, DIM, false>(onto, values + (mine - first_row) * LD, LD, slopes, LD);
#pragma unroll
    for (int j = 0; j < LOOP / 8; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int key = mine + g + (e < 2 ? 0 : 8), query = first + 8 * j + 2 * t + e % 2;
        float weight = 0.0f, dropped = 0.0f, slope = 0.0f;
        if (query < seq_q && sees(h, query, key)) {
          const long long at = (long long)h.index * seq_q + query;
          const float factor = factor_of(bits, h, query, key, seq_q, seq_k, kept);
          weight = expf(scores[j][e] - lse[at]);
          dropped = weight * factor;
          slope = weight * (onto[j][e] * factor - dots[at]);
        }
        scores[j][e] = slope;
        weights[(g + (e < 2 ? 0 : 8)) * LDP + 8 * j + 2 * t + e % 2] = dropped;
      }
    }
    __syncwarp();
    multiply<DIM, LOOP, true>(to_values, weights, LDP, slopes, LD);
    __syncwarp();
#pragma unroll
    for (int j = 0; j < LOOP / 8; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) weights[(g + (e < 2 ? 0 : 8)) * LDP + 8 * j + 2 * t + e % 2] = scores[j][e];
    __syncwarp();
    multiply<DIM, LOOP, true>(to_keys, weights, LDP, queries, LD);
    __syncwarp();
  }
  store(dk + h.keys, to_keys, mine, seq_k, dim, head_dim, 1.0f, 1.0f);
  store(dv + h.keys, to_values, mine, seq_k, dim, head_dim, 1.0f, 1.0f);
}

// The gradient of queries. Blocks: heads x tiles of queries.
KERNEL(THREADS, attention_grad_queries, const float* q, const float* k, const float* v, const int* lengths,
       const unsigned* bits, const float* dy, const float* lse, const float* dots, float* dq, int heads, int seq_q,
       int seq_k, int head_dim, float scale, float kept) {
  SHARED(float, room);
  float* queries = room;
  float* slopes = queries + ROWS * LD;
  float* keys = slopes + ROWS * LD;
  float* values = keys + LOOP * LD;
  float* weights = values + LOOP * LD + (threadIdx.x / WARP) * 16 * LDP;
  const int tiles = (seq_q + ROWS - 1) / ROWS, first_row = (blockIdx.x % tiles) * ROWS;
  const Head h = head_of(blockIdx.x / tiles, heads, seq_q, seq_k, head_dim, lengths);
  const long long dim = (long long)heads * head_dim;
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4, mine = first_row + (threadIdx.x / WARP) * 16;
  const int last_row = min(seq_q, first_row + ROWS) - 1;
  const int end = h.causal ? min(h.known, last_row + h.ahead + 1) : h.known;
  load(queries, q + h.queries, first_row, ROWS, seq_q, dim, head_dim, scale);
  load(slopes, dy + h.queries, first_row, ROWS, seq_q, dim, head_dim, 1.0f);
  float known_lse[2] = {0.0f, 0.0f}, dot[2] = {0.0f, 0.0f};
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int row = mine + g + 8 * half;
    if (row >= seq_q) continue;
    known_lse[half] = lse[(long long)h.index * seq_q + row];
    dot[half] = dots[(long long)h.index * seq_q + row];
  }
  float to_queries[DIM / 8][4] = {};
  for (int first = 0; first < end; first += LOOP) {
    __syncthreads();
    load(keys, k + h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    load(values, v + h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    __syncthreads();
    float scores[LOOP / 8][4] = {}, onto[LOOP / 8][4] = {};
    multiply<LOOP, DIM, false>(scores, queries + (mine - first_row) * LD, LD, keys, LD);
    multiply<LOOP, DIM, false>(onto, slopes + (mine - first_row) * LD, LD, values, LD);
#pragma unroll
    for (int j = 0; j < LOOP / 8; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int half = e / 2, query = mine + g + 8 * half, key = first + 8 * j + 2 * t + e % 2;
        float slope = 0.0f;
        if (query < seq_q && sees(h, query, key)) {
          const float factor = factor_of(bits, h, query, key, seq_q, seq_k, kept);
          slope = expf(scores[j][e] - known_lse[half]) * (onto[j][e] * factor - dot[half]);
        }
        weights[(g + 8 * half) * LDP + 8 * j + 2 * t + e % 2] = slope;
      }
    }
    __syncwarp();
    multiply<DIM, LOOP, true>(to_queries, weights, LDP, keys, LD);
    __syncwarp();
  }
  store(dq + h.queries, to_queries, mine, seq_q, dim, head_dim, scale, scale);
}
