// Every text that the backend may compile, attention for the usual dimensions of a head.
import { ELEMENTWISE } from "../src/kernels/elementwise.js";
import { tilingOf } from "../src/kernels/attention.js";
import { programOf, type Program } from "../src/program.js";

const NAMES = [
  "copy",
  "reduce",
  "layer-norm",
  "dropout",
  "linear",
  "product",
  "embedding",
  "vocab-loss",
  "adam",
] as const;
const HEADS = [16, 64, 128, 256];
/** Shared memory of a block on cards of a capability. */
const SHARED: Readonly<Record<number, number>> = { 75: 65536, 80: 166912, 90: 232448 };

/** The programs of a card. */
export function checkedPrograms(capability: number): Program[] {
  const precisions = capability >= 80 ? (["fp32", "tf32", "bf16"] as const) : (["fp32"] as const);
  const shared = SHARED[capability] as number;
  const tilings = precisions.flatMap((precision) =>
    HEADS.filter((head) => capability >= 80 || head < 256).map((head) => tilingOf(head, precision, shared).program),
  );
  const bf16 = capability >= 80 ? [programOf("bf16")] : [];
  return [ELEMENTWISE, ...NAMES.map((name) => programOf(name)), programOf("top-log-probs"), ...bf16, ...tilings];
}
