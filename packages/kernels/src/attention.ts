import * as tf from "@tensorflow/tfjs-core";
import { checkInt, OptionError, ShapeError } from "@xlm/core";
import { checkDtype, checkRank, checkShape } from "./checks.js";
import { checkDropout, dropoutMask, type DropoutSpec } from "./dropout-mask.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { batchProduct } from "./products.js";

export interface AttentionOptions {
  /** Heads; they divide the dimension evenly. */
  nHeads: number;
  /** `[batch]` int32: keys of each row, the rest being padding that no query sees. Not read under `causal`. */
  lengths: tf.Tensor;
  /**
   * Query `i` sees keys up to its own place (the last query sits at the last key). As in the reference this replaces the
   * padding mask: padding comes last, so what a real query sees is the same. @default false
   */
  causal?: boolean;
  /** Applied to the weights, `[batch, heads, seqQ, seqK]` row-major. */
  dropout?: DropoutSpec;
}

interface AttentionInputs {
  q: tf.Tensor;
  k: tf.Tensor;
  v: tf.Tensor;
  lengths: tf.Tensor;
}

interface AttentionAttrs {
  nHeads: number;
  causal: boolean;
  dropout: DropoutSpec | null;
}

/** `[batch, seq, dim]` as `[batch * heads, seq, headDim]`, or `[batch * heads, headDim, seq]`. */
function splitHeads(x: tf.Tensor, nHeads: number, order: "rows" | "columns"): tf.Tensor3D {
  const [batch, seq, dim] = x.shape as [number, number, number];
  const size = dim / nHeads;
  const split = tf.reshape(x, [batch, seq, nHeads, size]);
  return order === "rows"
    ? tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [batch * nHeads, seq, size])
    : tf.reshape(tf.transpose(split, [0, 2, 3, 1]), [batch * nHeads, size, seq]);
}

/** The way back, from `[batch * heads, seq, headDim]` or `[batch * heads, headDim, seq]`. */
function joinHeads(x: tf.Tensor, nHeads: number, order: "rows" | "columns"): tf.Tensor3D {
  const [all, second, third] = x.shape as [number, number, number];
  const [seq, size] = order === "rows" ? [second, third] : [third, second];
  const split = tf.reshape(x, [all / nHeads, nHeads, second, third]);
  const joined = tf.transpose(split, order === "rows" ? [0, 2, 1, 3] : [0, 3, 1, 2]);
  return tf.reshape(joined, [all / nHeads, seq, nHeads * size]);
}

/** `[seqQ, seqK]`: which keys lie in a query's future. */
function futureMask(seqQ: number, seqK: number): tf.Tensor {
  const mask = new Float32Array(seqQ * seqK);
  for (let i = 0; i < seqQ; i++) mask.fill(-Infinity, i * seqK + i + 1 + seqK - seqQ, (i + 1) * seqK);
  return tf.tensor(mask, [1, seqQ, seqK]);
}

/** `[batch, 1, seqK]`: which keys are padding. A row without keys hides none, so that its softmax is finite. */
function paddingMask(lengths: tf.Tensor, seqK: number): tf.Tensor {
  const places = tf.reshape(tf.range(0, seqK, 1, "int32"), [1, 1, seqK]);
  const counts = tf.reshape(lengths, [-1, 1, 1]);
  const hidden = tf.logicalAnd(tf.greaterEqual(places, counts), tf.greater(counts, 0));
  return tf.where(hidden, tf.fill(hidden.shape, -Infinity), tf.zeros(hidden.shape));
}

/** The weights, `[batch * heads, seqQ, seqK]`. */
function softmaxScores(q: tf.Tensor, k: tf.Tensor, lengths: tf.Tensor, nHeads: number, causal: boolean): tf.Tensor3D {
  const [batch, seqQ, dim] = q.shape as [number, number, number];
  const seqK = k.shape[1] as number;
  const scaled = tf.mul(q, 1 / Math.sqrt(dim / nHeads));
  const scores = batchProduct(splitHeads(scaled, nHeads, "rows"), splitHeads(k, nHeads, "columns"));
  const masked = causal
    ? tf.add(scores, futureMask(seqQ, seqK))
    : tf.add(tf.reshape(scores, [batch, nHeads * seqQ, seqK]), paddingMask(lengths, seqK));
  return tf.softmax(tf.reshape(masked, [batch * nHeads, seqQ, seqK]));
}

const kernel: KernelPair<AttentionInputs, AttentionAttrs> = {
  name: "XlmAttention",
  saves: ["q", "k", "v", "lengths"],
  forward({ q, k, v, lengths }, { nHeads, causal, dropout }) {
    const [batch, seqQ] = q.shape as [number, number];
    const seqK = k.shape[1] as number;
    if (q.size === 0 || k.size === 0) return [tf.zeros(q.shape), tf.zeros([batch * nHeads, seqQ, seqK])];
    const probs = softmaxScores(q, k, lengths, nHeads, causal);
    const mask = dropout ? tf.reshape(dropoutMask(dropout, [batch, nHeads, seqQ, seqK]), probs.shape) : null;
    const weights = mask ? tf.mul(probs, mask) : probs;
    const mixed = joinHeads(batchProduct(weights, splitHeads(v, nHeads, "rows")), nHeads, "rows");
    const out = causal ? mixed : tf.mul(mixed, seen(lengths));
    return [out, probs, ...(mask ? [mask] : [])];
  },
  backward(dy, { q, k, v, lengths }, [probs, mask], { nHeads, causal }) {
    if (q.size === 0 || k.size === 0) return [q, k, v].map((x) => tf.zeros(x.shape));
    const scale = 1 / Math.sqrt((q.shape[2] as number) / nHeads);
    const into = causal ? dy : tf.mul(dy, seen(lengths));
    const p = probs as tf.Tensor;
    const weights = mask ? tf.mul(p, mask) : p;
    const toWeights = batchProduct(splitHeads(into, nHeads, "rows"), splitHeads(v, nHeads, "columns"));
    const toProbs = mask ? tf.mul(toWeights, mask) : toWeights;
    const toScores = tf.mul(p, tf.sub(toProbs, tf.sum(tf.mul(p, toProbs), -1, true)));
    // The gradients of keys and values come out transposed, so that the large matrices need not be.
    const toV = batchProduct(splitHeads(into, nHeads, "columns"), weights);
    const toK = batchProduct(splitHeads(tf.mul(q, scale), nHeads, "columns"), toScores);
    const toQ = batchProduct(toScores, splitHeads(k, nHeads, "rows"));
    return [
      tf.mul(joinHeads(toQ, nHeads, "rows"), scale),
      joinHeads(toK, nHeads, "columns"),
      joinHeads(toV, nHeads, "columns"),
    ];
  },
};

/** `[batch, 1, 1]`: 0 for a row without keys. */
const seen = (lengths: tf.Tensor): tf.Tensor => tf.reshape(tf.cast(tf.greater(lengths, 0), "float32"), [-1, 1, 1]);

/**
 * Scaled dot-product attention over several heads (kernel `XlmAttention`; `MultiHeadAttention` of XLM's transformer.py
 * without its four linear maps): queries are divided by `sqrt(headDim)` first, hidden keys get weight 0, dropout falls on
 * the weights. A row of length 0 gives 0 (unless causal).
 * @param q `[batch, seqQ, dim]`.
 * @param k `[batch, seqK, dim]`, as is `v`.
 * @returns `[batch, seqQ, dim]`, heads side by side.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, options: AttentionOptions): tf.Tensor3D {
  const { nHeads, lengths, causal = false } = options;
  const dropout = checkDropout(options.dropout);
  checkDtype("float32", { v });
  checkQueries(q, k, options);
  checkShape("v", v, k.shape, `k is [${k.shape.join(", ")}]`);
  return runDifferentiable(kernel, { q, k, v }, { lengths }, { nHeads, causal, dropout }) as tf.Tensor3D;
}

/**
 * The weights that `attention` mixes values with, to look at: no kernel, not differentiable, without dropout. A hidden key has
 * weight 0; a row of length 0 has equal ones.
 * @param q `[batch, seqQ, dim]`. @param k `[batch, seqK, dim]`.
 * @returns `[batch, nHeads, seqQ, seqK]`, rows adding up to 1.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function attentionWeights(q: tf.Tensor, k: tf.Tensor, options: Omit<AttentionOptions, "dropout">): tf.Tensor4D {
  const { nHeads, lengths, causal = false } = options;
  checkQueries(q, k, options);
  const [batch, seqQ] = q.shape as [number, number];
  const shape: [number, number, number, number] = [batch, nHeads, seqQ, k.shape[1] as number];
  if (q.size === 0 || k.size === 0) return tf.zeros(shape);
  return tf.engine().tidy(() => tf.reshape(softmaxScores(q, k, lengths, nHeads, causal), shape));
}

function checkQueries(q: tf.Tensor, k: tf.Tensor, { nHeads, lengths, causal = false }: AttentionOptions): void {
  checkDtype("float32", { q, k });
  checkDtype("int32", { lengths });
  checkRank("q", q, 3, "[batch, seqQ, dim]");
  checkRank("k", k, 3, "[batch, seqK, dim]");
  const [batch, seqQ, dim] = q.shape as [number, number, number];
  const seqK = k.shape[1] as number;
  checkShape("k", k, [batch, seqK, dim], `q is [${q.shape.join(", ")}]`);
  checkShape("lengths", lengths, [batch], `there are ${batch} rows`);
  checkInt("nHeads", nHeads, 1);
  if (dim % nHeads !== 0) {
    throw new OptionError({
      what: `nHeads is ${nHeads} and the dimension is ${dim}`,
      why: "heads share the dimension evenly",
      fix: "choose a divisor of the dimension",
    });
  }
  if (causal && seqQ > seqK) {
    throw new ShapeError({
      what: `there are ${seqQ} queries and ${seqK} keys`,
      why: "under causal each query has a key at its own place",
      fix: "pass at least as many keys as queries",
    });
  }
}
