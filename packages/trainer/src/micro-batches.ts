import { checkInt, type TokenBatch } from "@xlm/core";
import type { ObjectiveBatch } from "./gradients.js";

/**
 * Cuts a batch into `k` runs of rows, as equal as can be, for a step that would not fit into memory at once.
 * @param k from 1; more than there are rows gives as many parts as rows.
 */
export function splitRows(part: ObjectiveBatch, k: number): ObjectiveBatch[] {
  checkInt("the number of micro-batches", k, 1);
  const [rows, seq] = part.batch.shape;
  const parts = Math.min(k, rows);
  if (parts <= 1) return [part];
  return Array.from({ length: parts }, (_, i) => {
    const from = Math.floor((i * rows) / parts);
    const to = Math.floor(((i + 1) * rows) / parts);
    const batch = rowsOf(part.batch, from, to);
    if (part.objective === "pc") return { objective: part.objective, batch, labels: part.labels.slice(from, to) };
    const { targetIndices, targets } = part.batch;
    const first = firstAtLeast(targetIndices, from * seq);
    const last = firstAtLeast(targetIndices, to * seq);
    return {
      objective: part.objective,
      batch: {
        ...batch,
        targetIndices: targetIndices.slice(first, last).map((index) => index - from * seq),
        targets: targets.slice(first, last),
      },
    };
  });
}

function rowsOf({ ids, shape: [, seq], lengths, positions, langs }: TokenBatch, from: number, to: number): TokenBatch {
  const cut = (array: Int32Array): Int32Array => array.slice(from * seq, to * seq);
  return {
    ids: cut(ids),
    shape: [to - from, seq],
    lengths: lengths.slice(from, to),
    ...(positions && { positions: cut(positions) }),
    ...(langs && { langs: cut(langs) }),
  };
}

/** Where in the ascending `values` the first one of at least `bound` stands. */
function firstAtLeast(values: Int32Array, bound: number): number {
  const at = values.findIndex((value) => value >= bound);
  return at < 0 ? values.length : at;
}
