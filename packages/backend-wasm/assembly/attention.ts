// Scaled dot-product attention, one head of one row of the batch at a time, after FlashAttention (Dao et al. 2022): a
// block of queries meets all the keys that it sees, its scores stay in the thread's scratch, and the backward pass
// makes them anew. Everything is computed in whole tiles; what comes out beyond the last key or query is not used.
import { at, float, int, ptr } from "./args";
import {
  LANES,
  clearRows,
  keysOf,
  product,
  room,
  scale,
  scaled,
  strideOf,
  upTo,
  weigh,
} from "./attention-rows";
import { EDGE_BYTES } from "./block";
import { MR, packColumns, packRows } from "./pack";

/**
 * `per` queries of one head of one row of the batch.
 * Args: q, k, v, lengths (0 under causal), out, stats (each query's largest score and 1 / sum of its exponents), bits
 * (which weights stay, a row of whole words a query; 0 without dropout), heads, seqQ, seqK, headDim, nr, queries in a
 * block, zeros, per, key0, key1, least. Floats: scale, kept.
 */
export function attention(chunk: i32, args: usize, scratch: usize): void {
  const lengths = ptr(args, 3);
  const heads = int(args, 7);
  const seqQ = int(args, 8);
  const seqK = int(args, 9);
  const size = int(args, 10);
  const nr = int(args, 11);
  const mb = int(args, 12);
  const zeros = ptr(args, 13);
  const per = int(args, 14);
  const parts = (seqQ + per - 1) / per;
  const head = chunk / parts;
  const row = head / heads;
  const dim = heads * size;
  const start = (chunk % parts) * per;
  const end = min(seqQ, start + per);
  const ahead = seqK - seqQ;
  const keys = lengths ? keysOf(lengths, row, seqK) : end + ahead;
  const ofQ = row * seqQ * dim + (head % heads) * size;
  const ofK = row * seqK * dim + (head % heads) * size;
  const q = at(ptr(args, 0), ofQ);
  const out = at(ptr(args, 4), ofQ);
  const stats = at(ptr(args, 5), 2 * head * seqQ);
  if (keys == 0) {
    clearRows(out, start, end, dim, size);
    memory.fill(at(stats, 2 * start), 0, <usize>(end - start) << 3);
    return;
  }
  const stride = strideOf(keys);
  const wide = upTo(size, nr);
  const lanes = scratch + EDGE_BYTES;
  const kT = lanes + LANES;
  const vp = kT + room(size * upTo(keys, nr));
  const qp = vp + room(keys * wide);
  const scores = qp + room(mb * size);
  const weights = scores + room(mb * stride);
  const mixed = weights + room(mb * keys);
  const factors = mixed + room(mb * wide);
  const masks = factors + room(mb);
  packColumns(at(ptr(args, 1), ofK), 1, dim, size, keys, nr, kT);
  packColumns(at(ptr(args, 2), ofK), dim, 1, keys, size, nr, vp);
  for (let i = start; i < end; i += mb) {
    const m = min(mb, end - i);
    const seen = lengths ? keys : i + m + ahead;
    packRows(at(q, i * dim), dim, 1, m, size, qp);
    scale(qp, upTo(m, MR) * size, float(args, 0));
    product(m, seen, size, nr, qp, kT, size, scores, stride, zeros, 0, scratch);
    for (let r: i32 = 0; r < m; r++) {
      const n = lengths ? keys : i + r + 1 + ahead;
      const s = at(scores, r * stride);
      store<f32>(at(factors, r), weigh(args, head * seqQ + i + r, s, n, masks, lanes));
      if (n < seen) memory.fill(at(s, n), 0, <usize>(seen - n) << 2);
    }
    packRows(scores, stride, 1, upTo(m, MR), seen, weights);
    product(m, size, seen, nr, weights, vp, keys, mixed, wide, zeros, 0, scratch);
    for (let r: i32 = 0; r < m; r++) {
      scaled(at(out, (i + r) * dim), at(mixed, r * wide), size, load<f32>(at(factors, r)));
    }
  }
}
