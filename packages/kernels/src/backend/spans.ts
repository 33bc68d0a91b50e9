import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Tensors } from "./registry.js";
import type { KernelScope } from "./scope.js";

/** Attributes of `XlmAdam`. */
export interface AdamAttrs {
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  step: number;
  n: number;
}

/** For each parameter of `XlmAdam`: p, g, m, v as given, then new tensors for p, m, v. */
export function adamGroups(native: KernelScope, inputs: Tensors, n: number): TensorInfo[][] {
  return Array.from({ length: n }, (_, i) => {
    const old = ["p", "g", "m", "v"].map((letter) => inputs[`${letter}${i}`] as TensorInfo);
    const { shape } = old[0] as TensorInfo;
    return [...old, native.make(shape), native.make(shape), native.make(shape)];
  });
}

/**
 * Arrays cut into spans, so that one launch does them all: for each span the addresses of the arrays of its group, which are equally
 * long, and the number of elements.
 */
export function spansOf(
  native: KernelScope,
  groups: readonly TensorInfo[][],
  span: number,
): { words: number[]; count: number } {
  const words: number[] = [];
  let count = 0;
  for (const group of groups) {
    const size = native.size(group[0] as TensorInfo);
    const places = group.map((x) => native.address(x));
    for (let start = 0; start < size; start += span, count++) {
      for (const place of places) words.push(place + 4 * start);
      words.push(Math.min(span, size - start));
    }
  }
  return { words, count };
}
