import { checkInt } from "@xlm/core";
import { rowCount, sliceRows, type ObjectiveBatch } from "./objective.js";

/**
 * Cuts a batch into `k` runs of rows, as equal as can be, for a step that would not fit into memory at once.
 * @param k from 1; more than there are rows gives as many parts as rows.
 */
export function splitRows(part: ObjectiveBatch, k: number): ObjectiveBatch[] {
  checkInt("the number of micro-batches", k, 1);
  const rows = rowCount(part.batch);
  const parts = Math.min(k, rows);
  if (parts <= 1) return [part];
  return Array.from({ length: parts }, (_, i) => {
    const from = Math.floor((i * rows) / parts);
    const to = Math.floor(((i + 1) * rows) / parts);
    return { objective: part.objective, batch: sliceRows(part.batch, from, to) };
  });
}
