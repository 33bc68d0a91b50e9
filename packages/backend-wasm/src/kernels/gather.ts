import { gatherKernels as gatherKernelsOver, type GatherRows } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import { scatter } from "./embedding.js";

/** Elements of a chunk. */
const CHUNK = 16384;

const gatherRows: GatherRows<Native> = (native, x, indices, out, [outer, rows, dim]) => {
  const count = native.size(indices);
  const per = Math.max(1, Math.floor(CHUNK / dim));
  const [from, chosen, to] = [x, indices, out].map((of) => native.address(of)) as [number, number, number];
  for (let i = 0; i < outer; i++) {
    const args = [from + 4 * i * rows * dim, chosen, to + 4 * i * count * dim, count, dim, per];
    native.launch(Op.GatherRows, Math.ceil(count / per), args);
  }
};

/** Kernels over rows that are named by index, under tfjs's names. */
export const gatherKernels = gatherKernelsOver<Native>(
  (native, x) => native.memory.i32(native.address(x), native.size(x)),
  gatherRows,
  scatter,
);
