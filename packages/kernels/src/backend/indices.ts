import { DataError } from "@xlm/core";

/** @throws DataError (`XLM_DATA`) for an index outside of `rows`: a kernel would read whatever lies there. */
export function checkIndices(name: string, values: ArrayLike<number>, rows: number): void {
  for (let i = 0; i < values.length; i++) {
    const index = values[i] as number;
    if (index >= 0 && index < rows) continue;
    throw new DataError({
      what: `${name}[${i}] is ${index}`,
      why: `it names one of ${rows} rows`,
      fix: "build the indices with the vocabulary and sizes that the tables were made for",
    });
  }
}
