import type { Native } from "./native.js";
import { programOf } from "./program.js";

const BF16 = programOf("bf16");

/** `n` numbers of bf16 as floats. */
export function widen(native: Native, from: number, to: number, n: number): void {
  native.launch(BF16, "widen", native.blocks(n), [from, to, n]);
}

/** Rounds `n` floats to bf16. */
export function halve(native: Native, from: number, to: number, n: number): void {
  const words = Math.ceil(n / 2);
  native.launch(BF16, "halve", native.blocks(words), [from, to, words, n % 2]);
}
