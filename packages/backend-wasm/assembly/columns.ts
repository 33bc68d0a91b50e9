// Sums down the columns of a matrix: partial sums over fixed groups of rows, then the groups in order.
import { Activation } from "../src/elementwise";
import { activationSlope } from "./activation";
import { at, int, ptr } from "./args";

/** `sums[j] += x[j]` for n elements. */
@inline
function addRow(sums: usize, x: usize, n: i32): void {
  const end = sums + ((<usize>(n & ~7)) << 2);
  for (; sums < end; sums += 32, x += 32) {
    const a = f32x4.add(v128.load(sums), v128.load(x));
    const b = f32x4.add(v128.load(sums, 16), v128.load(x, 16));
    v128.store(sums, a);
    v128.store(sums, b, 16);
  }
  for (let j: i32 = 0; j < (n & 7); j++) {
    store<f32>(at(sums, j), load<f32>(at(sums, j)) + load<f32>(at(x, j)));
  }
}

/**
 * `to = dy * activation'(before)`, and the sums of its columns over each group of `per` rows.
 * Args: rows, n, per, activation, before, dy, to (both unused without activation), partial `[groups, n]` (0: no sums), ld.
 */
export function slopeRows(chunk: i32, args: usize, scratch: usize): void {
  const n = int(args, 1);
  const per = int(args, 2);
  const kind = int(args, 3);
  const ld = int(args, 8);
  const first = chunk * per;
  const last = min(first + per, int(args, 0));
  const sums = ptr(args, 7) ? at(ptr(args, 7), chunk * n) : 0;
  if (sums) memory.fill(sums, 0, (<usize>n) << 2);
  for (let i = first; i < last; i++) {
    const dy = at(ptr(args, 5), i * ld);
    const to = kind == Activation.None ? dy : at(ptr(args, 6), i * ld);
    if (kind != Activation.None) activationSlope(kind, at(ptr(args, 4), i * ld), dy, to, n, scratch);
    if (sums) addRow(sums, to, n);
  }
}

/** `out[j]` = the sum of `partial[i][j]` over i, in order, `per` columns a chunk. Args: groups, n, per, partial, out. */
export function sumGroups(chunk: i32, args: usize, _scratch: usize): void {
  const n = int(args, 1);
  const first = chunk * int(args, 2);
  const width = min(int(args, 2), n - first);
  const out = at(ptr(args, 4), first);
  memory.fill(out, 0, (<usize>width) << 2);
  for (let i: i32 = 0; i < int(args, 0); i++) addRow(out, at(ptr(args, 3), i * n + first), width);
}
