// Scaled dot-product attention and its gradient, weights computed tile by tile and never stored (Dao et al. 2022).
// Compiled for a head: DIM its dimension in whole sixteens, WARPS of a block, LOOP rows that the block goes over at a time,
// MATH how products are made: 0 float32, 1 TF32 and 2 bf16 on tensor cores, sums in float32 all the same.
//
// A warp owns 16 rows (queries, or keys in the gradient of keys and values) and meets the rows of the other side LOOP at a time,
// which the block shares. Of a 16 x 8 product lane `4 g + t` holds rows g and g + 8, columns 2 t and 2 t + 1.

#define THREADS (32 * WARPS)
#define ROWS (16 * WARPS)

// A row of a tile in shared memory, rounded once when it is loaded: floats, TF32, or bf16 two in a word. Four words more set rows
// off so that eight of them meet different banks.
#if MATH == 0
typedef float Cell;
#define CELLS DIM
#else
typedef unsigned Cell;
#define CELLS (MATH == 1 ? DIM : DIM / 2)
#endif
#define LD (CELLS + 4)
// Of a warp's own weights, which float32 alone exchanges through shared memory.
#define LDP (LOOP + 4)
#define SCRATCH (MATH == 0 ? 16 * LDP : 0)

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

// Which arrays are stored as bf16, one bit each.
#define HALF_Q 1
#define HALF_K 2
#define HALF_V 4
#define HALF_OUT 8  // and what comes from there in the gradients
#define HALF_GRADS 16

// Rows [first, first + count) of a head that begins at `start`, those from `end` on and columns beyond the head as zeros.
__device__ __forceinline__ void load(Cell* to, const void* from, int half, long long start, int first, int count, int end,
                                     long long dim, int head_dim, float factor) {
  for (int i = threadIdx.x; i < count * CELLS; i += THREADS) {
    const int row = i / CELLS, cell = i % CELLS;
    const long long source = start + (first + row) * dim;
#if MATH == 2
    const int column = 2 * cell;
    if (half && head_dim % 2 == 0) {
      unsigned word = first + row < end && column < head_dim ? ((const unsigned*)from)[(source + column) / 2] : 0;
      if (factor != 1.0f)
        word = pack_bf16(__uint_as_float(word << 16) * factor, __uint_as_float(word & 0xffff0000u) * factor);
      to[row * LD + cell] = word;
      continue;
    }
    const float low = first + row < end && column < head_dim ? get(from, half, source + column) * factor : 0.0f;
    const float high = first + row < end && column + 1 < head_dim ? get(from, half, source + column + 1) * factor : 0.0f;
    to[row * LD + cell] = pack_bf16(low, high);
#else
    const float value = first + row < end && cell < head_dim ? get(from, half, source + cell) * factor : 0.0f;
#if MATH == 1
    to[row * LD + cell] = to_tf32(value);
#else
    to[row * LD + cell] = value;
#endif
#endif
  }
}

// c [16, LOOP] += mine [16, DIM] others [LOOP, DIM]^T, both tiles.
__device__ __forceinline__ void multiply_rows(float (&c)[LOOP / 8][4], const Cell* mine, const Cell* others) {
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4;
#if MATH == 0
  for (int k = 0; k < DIM; k++) {
    const float top = mine[g * LD + k], low = mine[(g + 8) * LD + k];
#pragma unroll
    for (int j = 0; j < LOOP / 8; j++) {
      const float left = others[(8 * j + 2 * t) * LD + k], right = others[(8 * j + 2 * t + 1) * LD + k];
      c[j][0] += top * left;
      c[j][1] += top * right;
      c[j][2] += low * left;
      c[j][3] += low * right;
    }
  }
#else
#pragma unroll
  for (int k = t; k < CELLS; k += 8) {  // 8 columns of TF32, 16 of bf16
    const unsigned left[4] = {mine[g * LD + k], mine[(g + 8) * LD + k], mine[g * LD + k + 4],
                              mine[(g + 8) * LD + k + 4]};
#pragma unroll
    for (int j = 0; j < LOOP / 8; j++) {
      const Cell* row = others + (8 * j + g) * LD + k;
      const unsigned right[2] = {row[0], row[4]};
#if MATH == 1
      mma_tf32(c[j], left, right);
#else
      mma_bf16(c[j], left, right);
#endif
    }
  }
#endif
}

// c [16, DIM] += weights [16, LOOP] others [LOOP, DIM]: a product's own fragment is the next one's operand. For TF32 that needs rows
// 2 t and 2 t + 1 of the other operand where its layout has t and t + 4, an order of the sum like any other.
__device__ __forceinline__ void multiply_weights(float (&c)[DIM / 8][4], const float (&weights)[LOOP / 8][4],
                                                 const Cell* others, float* scratch) {
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4;
#if MATH == 0
#pragma unroll
  for (int j = 0; j < LOOP / 8; j++)
#pragma unroll
    for (int e = 0; e < 4; e++) scratch[(g + (e < 2 ? 0 : 8)) * LDP + 8 * j + 2 * t + e % 2] = weights[j][e];
  __syncwarp();
  for (int k = 0; k < LOOP; k++) {
    const float top = scratch[g * LDP + k], low = scratch[(g + 8) * LDP + k];
#pragma unroll
    for (int j = 0; j < DIM / 8; j++) {
      const float left = others[k * LD + 8 * j + 2 * t], right = others[k * LD + 8 * j + 2 * t + 1];
      c[j][0] += top * left;
      c[j][1] += top * right;
      c[j][2] += low * left;
      c[j][3] += low * right;
    }
  }
  __syncwarp();
#elif MATH == 1
#pragma unroll
  for (int i = 0; i < LOOP / 8; i++) {
    const unsigned left[4] = {to_tf32(weights[i][0]), to_tf32(weights[i][2]), to_tf32(weights[i][1]),
                              to_tf32(weights[i][3])};
    const Cell* rows = others + (8 * i + 2 * t) * LD + g;
#pragma unroll
    for (int j = 0; j < DIM / 8; j++) {
      const unsigned right[2] = {rows[8 * j], rows[LD + 8 * j]};
      mma_tf32(c[j], left, right);
    }
  }
#else
#pragma unroll
  for (int i = 0; i < LOOP / 16; i++) {
    const float(&first)[4] = weights[2 * i];
    const float(&second)[4] = weights[2 * i + 1];
    const unsigned left[4] = {pack_bf16(first[0], first[1]), pack_bf16(first[2], first[3]),
                              pack_bf16(second[0], second[1]), pack_bf16(second[2], second[3])};
    const Cell* rows = others + (16 * i + 2 * t) * LD + g / 2;
    const int shift = 16 * (g % 2);  // column 8 j + g is one half of a word
#pragma unroll
    for (int j = 0; j < DIM / 8; j++) {
      const unsigned right[2] = {
          (rows[4 * j] >> shift & 0xffffu) | (rows[LD + 4 * j] >> shift) << 16,
          (rows[8 * LD + 4 * j] >> shift & 0xffffu) | (rows[9 * LD + 4 * j] >> shift) << 16,
      };
      mma_bf16(c[j], left, right);
    }
  }
#endif
}

__device__ __forceinline__ float factor_of(const unsigned* bits, const Head& h, int query, int key, int seq_q,
                                           int seq_k, float kept) {
  if (!bits) return 1.0f;
  const int words = (seq_k + 31) / 32;
  return (bits[((long long)h.index * seq_q + query) * words + key / 32] >> (key % 32)) & 1u ? kept : 0.0f;
}

// Of 16 rows: to = c * factor, row `first + i` at from's place, rows from `end` on left alone.
__device__ __forceinline__ void store(void* to, int half, long long start, const float (&c)[DIM / 8][4], int first,
                                      int end, long long dim, int head_dim, float top, float low) {
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4;
#pragma unroll
  for (int j = 0; j < DIM / 8; j++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const int row = first + g + (e < 2 ? 0 : 8), column = 8 * j + 2 * t + e % 2;
      if (row < end && column < head_dim)
        put(to, half, start + row * dim + column, c[j][e] * (e < 2 ? top : low));
    }
  }
}

// `lengths` is null under causal, `bits` without dropout. Blocks: heads x tiles of queries.
KERNEL(THREADS, attention, int halves, const void* q, const void* k, const void* v, const int* lengths, const unsigned* bits,
       void* out, float* lse, int heads, int seq_q, int seq_k, int head_dim, float scale, float kept) {
  SHARED(Cell, room);
  Cell* queries = room;
  Cell* keys = queries + ROWS * LD;
  Cell* values = keys + LOOP * LD;
  float* scratch = reinterpret_cast<float*>(values + LOOP * LD) + (threadIdx.x / WARP) * SCRATCH;
  const int tiles = (seq_q + ROWS - 1) / ROWS, first_row = (blockIdx.x % tiles) * ROWS;
  const Head h = head_of(blockIdx.x / tiles, heads, seq_q, seq_k, head_dim, lengths);
  const long long dim = (long long)heads * head_dim;
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4, mine = first_row + (threadIdx.x / WARP) * 16;
  const int last_row = min(seq_q, first_row + ROWS) - 1;
  const int end = h.causal ? min(h.known, last_row + h.ahead + 1) : h.known;
  load(queries, q, halves & HALF_Q, h.queries, first_row, ROWS, seq_q, dim, head_dim, scale);
  float mixed[DIM / 8][4] = {};
  float most[2] = {-infinity(), -infinity()}, total[2] = {0.0f, 0.0f};
  for (int first = 0; first < end; first += LOOP) {
    __syncthreads();
    load(keys, k, halves & HALF_K, h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    load(values, v, halves & HALF_V, h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    __syncthreads();
    float scores[LOOP / 8][4] = {};
    multiply_rows(scores, queries + (mine - first_row) * LD, keys);
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
          scores[j][2 * half + e] = weight * factor;
        }
      }
    }
    multiply_weights(mixed, scores, values, scratch);
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
  store(out, halves & HALF_OUT, h.queries, mixed, mine, seq_q, dim, head_dim, share[0], share[1]);
}

// dy . out for each query of each head: a warp for each.
KERNEL(256, attention_dots, const void* dy, int dy_half, const void* out, int out_half, float* dots, int n, int heads, int seq_q, int head_dim) {
  const int lane = threadIdx.x % WARP;
  for (int at = place() / WARP; at < n; at += places() / WARP) {
    const int row = at % seq_q, head = (at / seq_q) % heads, sentence = at / seq_q / heads;
    const long long start = ((long long)(sentence * seq_q + row) * heads + head) * head_dim;
    float total = 0.0f;
    for (int i = lane; i < head_dim; i += WARP) total += get(dy, dy_half, start + i) * get(out, out_half, start + i);
    total = warp_sum(total);
    if (lane == 0) dots[at] = total;
  }
}

// Gradients of keys and values. Blocks: heads x tiles of keys.
KERNEL(THREADS, attention_grad_keys, int halves, const void* q, const void* k, const void* v, const int* lengths,
       const unsigned* bits, const void* dy, const float* lse, const float* dots, void* dk, void* dv, int heads,
       int seq_q, int seq_k, int head_dim, float scale, float kept) {
  SHARED(Cell, room);
  Cell* keys = room;
  Cell* values = keys + ROWS * LD;
  Cell* queries = values + ROWS * LD;
  Cell* slopes = queries + LOOP * LD;
  float* scratch = reinterpret_cast<float*>(slopes + LOOP * LD) + (threadIdx.x / WARP) * SCRATCH;
  const int tiles = (seq_k + ROWS - 1) / ROWS, first_row = (blockIdx.x % tiles) * ROWS;
  const Head h = head_of(blockIdx.x / tiles, heads, seq_q, seq_k, head_dim, lengths);
  const long long dim = (long long)heads * head_dim;
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4, mine = first_row + (threadIdx.x / WARP) * 16;
  load(keys, k, halves & HALF_K, h.keys, first_row, ROWS, h.known, dim, head_dim, 1.0f);
  load(values, v, halves & HALF_V, h.keys, first_row, ROWS, h.known, dim, head_dim, 1.0f);
  float to_keys[DIM / 8][4] = {}, to_values[DIM / 8][4] = {};
  const int least = h.causal ? max(0, first_row - h.ahead) / LOOP * LOOP : 0;
  const int until = first_row < h.known ? seq_q : 0;
  for (int first = least; first < until; first += LOOP) {
    __syncthreads();
    load(queries, q, halves & HALF_Q, h.queries, first, LOOP, seq_q, dim, head_dim, scale);
    load(slopes, dy, halves & HALF_OUT, h.queries, first, LOOP, seq_q, dim, head_dim, 1.0f);
    __syncthreads();
    float scores[LOOP / 8][4] = {}, onto[LOOP / 8][4] = {};
    multiply_rows(scores, keys + (mine - first_row) * LD, queries);
    multiply_rows(onto, values + (mine - first_row) * LD, slopes);
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
        onto[j][e] = dropped;
      }
    }
    multiply_weights(to_values, onto, slopes, scratch);
    multiply_weights(to_keys, scores, queries, scratch);
  }
  store(dk, halves & HALF_GRADS, h.keys, to_keys, mine, seq_k, dim, head_dim, 1.0f, 1.0f);
  store(dv, halves & HALF_GRADS, h.keys, to_values, mine, seq_k, dim, head_dim, 1.0f, 1.0f);
}

// The gradient of queries. Blocks: heads x tiles of queries.
KERNEL(THREADS, attention_grad_queries, int halves, const void* q, const void* k, const void* v, const int* lengths,
       const unsigned* bits, const void* dy, const float* lse, const float* dots, void* dq, int heads, int seq_q,
       int seq_k, int head_dim, float scale, float kept) {
  SHARED(Cell, room);
  Cell* queries = room;
  Cell* slopes = queries + ROWS * LD;
  Cell* keys = slopes + ROWS * LD;
  Cell* values = keys + LOOP * LD;
  float* scratch = reinterpret_cast<float*>(values + LOOP * LD) + (threadIdx.x / WARP) * SCRATCH;
  const int tiles = (seq_q + ROWS - 1) / ROWS, first_row = (blockIdx.x % tiles) * ROWS;
  const Head h = head_of(blockIdx.x / tiles, heads, seq_q, seq_k, head_dim, lengths);
  const long long dim = (long long)heads * head_dim;
  const int lane = threadIdx.x % WARP, g = lane / 4, t = lane % 4, mine = first_row + (threadIdx.x / WARP) * 16;
  const int last_row = min(seq_q, first_row + ROWS) - 1;
  const int end = h.causal ? min(h.known, last_row + h.ahead + 1) : h.known;
  load(queries, q, halves & HALF_Q, h.queries, first_row, ROWS, seq_q, dim, head_dim, scale);
  load(slopes, dy, halves & HALF_OUT, h.queries, first_row, ROWS, seq_q, dim, head_dim, 1.0f);
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
    load(keys, k, halves & HALF_K, h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    load(values, v, halves & HALF_V, h.keys, first, LOOP, end, dim, head_dim, 1.0f);
    __syncthreads();
    float scores[LOOP / 8][4] = {}, onto[LOOP / 8][4] = {};
    multiply_rows(scores, queries + (mine - first_row) * LD, keys);
    multiply_rows(onto, slopes + (mine - first_row) * LD, values);
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
        scores[j][e] = slope;
      }
    }
    multiply_weights(to_queries, scores, keys, scratch);
  }
  store(dq, halves & HALF_GRADS, h.queries, to_queries, mine, seq_q, dim, head_dim, scale, scale);
}
