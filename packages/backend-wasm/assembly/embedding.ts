// Rows of tables: their sums, and gradients scattered back to them.
import { at, int, ptr } from "./args";
import { addRows, copyRow } from "./rows";

/** Rows [chunk * per, ...) of the result. Args: x, indices, out, rows, dim, per. */
export function gatherRows(chunk: i32, args: usize, _scratch: usize): void {
  const dim = int(args, 4);
  const bytes = (<usize>dim) << 2;
  const first = chunk * int(args, 5);
  const last = min(first + int(args, 5), int(args, 3));
  for (let row = first; row < last; row++) {
    const from = ptr(args, 0) + <usize>load<i32>(at(ptr(args, 1), row)) * bytes;
    copyRow(ptr(args, 2) + <usize>row * bytes, from, dim);
  }
}

/**
 * `(tokens + positions) + langs`, rows [chunk * per, ...) of the result.
 * Args: ids, tokenTable, positions, positionTable, langs (or 0), langTable, out, rows, dim, per.
 */
export function embeddingSum(chunk: i32, args: usize, _scratch: usize): void {
  const dim = int(args, 8);
  const bytes = (<usize>dim) << 2;
  const first = chunk * int(args, 9);
  const last = min(first + int(args, 9), int(args, 7));
  for (let row = first; row < last; row++) {
    const out = ptr(args, 6) + <usize>row * bytes;
    const token = ptr(args, 1) + <usize>load<i32>(at(ptr(args, 0), row)) * bytes;
    const position = ptr(args, 3) + <usize>load<i32>(at(ptr(args, 2), row)) * bytes;
    addRows(out, token, position, dim);
    if (ptr(args, 4)) addRows(out, out, ptr(args, 5) + <usize>load<i32>(at(ptr(args, 4), row)) * bytes, dim);
  }
}

/**
 * A table of zeros to whose rows others are added in the order of their indices. A chunk owns some rows and columns of
 * the table and looks through all indices, so that no two add to the same place and the order is always the same.
 * Args: indices, n, dy `[n, dim]`, out, rows, dim, per (rows a chunk), width (columns a chunk), skip (an index that is
 * passed over, or -1).
 */
export function scatterRows(chunk: i32, args: usize, _scratch: usize): void {
  const indices = ptr(args, 0);
  const n = int(args, 1);
  const dim = int(args, 5);
  const width = int(args, 7);
  const across = (dim + width - 1) / width;
  const first = (chunk / across) * int(args, 6);
  const column = (chunk % across) * width;
  const rows = min(int(args, 6), int(args, 4) - first);
  const columns = min(width, dim - column);
  const bytes = (<usize>dim) << 2;
  const out = at(ptr(args, 3) + <usize>first * bytes, column);
  const dy = at(ptr(args, 2), column);
  const skip = int(args, 8) - first;
  if (columns == dim) memory.fill(out, 0, <usize>rows * bytes);
  else for (let row: i32 = 0; row < rows; row++) memory.fill(out + <usize>row * bytes, 0, (<usize>columns) << 2);
  const least = i32x4.splat(first);
  const bound = i32x4.splat(rows);
  for (let i: i32 = 0; i < n; i += 4) {
    const left = min(4, n - i);
    if (left == 4) {
      const owned = i32x4.lt_u(i32x4.sub(v128.load(at(indices, i)), least), bound);
      if (!v128.any_true(owned)) continue;
    }
    for (let j = i; j < i + left; j++) {
      const row = load<i32>(at(indices, j)) - first;
      if (<u32>row >= <u32>rows || row == skip) continue;
      const to = out + <usize>row * bytes;
      addRows(to, to, dy + <usize>j * bytes, columns);
    }
  }
}
