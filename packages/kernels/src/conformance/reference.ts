// Each operation once more in float64, written for reading and sharing no code with the kernels.
import { fillPhilox } from "@xlm/core";
import type { DropoutSpec } from "../dropout-mask.js";

type Numbers = ArrayLike<number>;
const at = (x: Numbers, i: number): number => x[i] as number;
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** erf to double precision: its power series near 0, the continued fraction of erfc further out. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let total = x;
    for (let n = 1; n < 60; n++) {
      term *= (-x * x) / n;
      total += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * total;
  }
  let tail = a;
  for (let n = 80; n > 0; n--) tail = a + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * tail));
}

const activations = {
  none: (x: number) => x,
  relu: (x: number) => (x > 0 || Number.isNaN(x) ? x : 0),
  gelu: (x: number) => x * 0.5 * (1 + erf(x / Math.SQRT2)),
};

/** The factor of each element, straight from the words of the generator. */
export function factors64(spec: DropoutSpec | undefined, n: number): number[] {
  if (!spec) return times(n).map(() => 1);
  const words = new Uint32Array(Math.ceil(n / 4) * 4);
  fillPhilox(words, spec.key);
  return times(n).map((i) => (at(words, i) < Math.round(spec.rate * 2 ** 32) ? 0 : 1 / (1 - spec.rate)));
}

/** `x` `[rows, into]`, `weight` `[out, into]`. */
export function linear64(
  x: Numbers,
  weight: Numbers,
  bias: Numbers | null,
  [rows, into, out]: readonly [number, number, number],
  activation: keyof typeof activations,
): number[] {
  const result: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < out; o++) {
      let total = bias ? at(bias, o) : 0;
      for (let i = 0; i < into; i++) total += at(x, r * into + i) * at(weight, o * into + i);
      result.push(activations[activation](total));
    }
  }
  return result;
}

export function layerNorm64(
  x: Numbers,
  gamma: Numbers,
  beta: Numbers,
  options: { eps: number; residual?: Numbers; dropout?: DropoutSpec; rowMask?: Numbers },
): number[] {
  const dim = gamma.length;
  const factors = factors64(options.dropout, x.length);
  return times(x.length / dim).flatMap((r) => {
    const row = times(dim).map((i) => {
      const k = r * dim + i;
      return at(x, k) * at(factors, k) + (options.residual ? at(options.residual, k) : 0);
    });
    const mean = sum(row) / dim;
    const variance = sum(row.map((value) => (value - mean) ** 2)) / dim;
    const mask = options.rowMask ? at(options.rowMask, r) : 1;
    return row.map(
      (value, i) => (((value - mean) / Math.sqrt(variance + options.eps)) * at(gamma, i) + at(beta, i)) * mask,
    );
  });
}

export interface AttentionSizes {
  batch: number;
  seqQ: number;
  seqK: number;
  nHeads: number;
  headDim: number;
  lengths: number[];
  causal: boolean;
  dropout?: DropoutSpec;
}

export function attention64(q: Numbers, k: Numbers, v: Numbers, s: AttentionSizes): number[] {
  const dim = s.nHeads * s.headDim;
  const factors = factors64(s.dropout, s.batch * s.nHeads * s.seqQ * s.seqK);
  const out = new Array<number>(s.batch * s.seqQ * dim).fill(0);
  for (let b = 0; b < s.batch; b++) {
    for (let h = 0; h < s.nHeads; h++) {
      for (let i = 0; i < s.seqQ; i++) {
        const seen = s.causal ? i + 1 + s.seqK - s.seqQ : at(s.lengths, b);
        const query = (b * s.seqQ + i) * dim + h * s.headDim;
        const key = (j: number) => (b * s.seqK + j) * dim + h * s.headDim;
        const scores = times(seen).map((j) => {
          let dot = 0;
          for (let d = 0; d < s.headDim; d++) dot += at(q, query + d) * at(k, key(j) + d);
          return dot / Math.sqrt(s.headDim);
        });
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const total = sum(weights);
        weights.forEach((weight, j) => {
          const share = (weight / total) * at(factors, ((b * s.nHeads + h) * s.seqQ + i) * s.seqK + j);
          for (let d = 0; d < s.headDim; d++) out[query + d] = at(out, query + d) + share * at(v, key(j) + d);
        });
      }
    }
  }
  return out;
}

/** Rows of a table of rows of `dim`. */
export const rows64 = (table: Numbers, indices: number[], dim: number): number[] =>
  indices.flatMap((index) => times(dim).map((d) => at(table, index * dim + d)));

export function vocabLoss64(hidden: Numbers, weight: Numbers, bias: Numbers, targets: number[], dim: number): number[] {
  const vocab = bias.length;
  const scores = linear64(hidden, weight, bias, [targets.length, dim, vocab], "none");
  return targets.map((target, r) => {
    const row = scores.slice(r * vocab, (r + 1) * vocab);
    const top = Math.max(...row);
    return top + Math.log(sum(row.map((score) => Math.exp(score - top)))) - at(row, target);
  });
}

/** Each row's `k` greatest log-softmax values and their columns, equal ones in order. */
export function topLogProbs64(scores: Numbers, vocab: number, k: number): { values: number[]; indices: number[] } {
  const rows = times(scores.length / vocab).map((r) => times(vocab).map((i) => at(scores, r * vocab + i)));
  const places = rows.map((row) =>
    times(vocab)
      .sort((a, b) => (at(row, a) === at(row, b) ? a - b : at(row, b) - at(row, a)))
      .slice(0, k),
  );
  const values = rows.flatMap((row, r) => {
    const most = Math.max(...row);
    const log = Math.log(sum(row.map((score) => Math.exp(score - most))));
    return (places[r] as number[]).map((i) => at(row, i) - most - log);
  });
  return { values, indices: places.flat() };
}

/** XLM's Adam for one array: the new parameters, first and second moments. */
export function adam64(
  p: Numbers,
  g: Numbers,
  m: Numbers,
  v: Numbers,
  o: { lr: number; beta1: number; beta2: number; eps: number; weightDecay: number; step: number },
): [number[], number[], number[]] {
  const newM = times(p.length).map((i) => o.beta1 * at(m, i) + (1 - o.beta1) * at(g, i));
  const newV = times(p.length).map((i) => o.beta2 * at(v, i) + (1 - o.beta2) * at(g, i) ** 2);
  const size = (o.lr * Math.sqrt(1 - o.beta2 ** o.step)) / (1 - o.beta1 ** o.step);
  const newP = times(p.length).map(
    (i) => at(p, i) * (1 - o.lr * o.weightDecay) - (size * at(newM, i)) / (Math.sqrt(at(newV, i)) + o.eps),
  );
  return [newP, newM, newV];
}
