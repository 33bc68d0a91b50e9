import type * as tf from "@tensorflow/tfjs-core";
import { OptionError, ShapeError } from "@xlm/core";

/** @throws ShapeError unless `tensor` has exactly this shape. */
export function checkShape(name: string, tensor: tf.Tensor, shape: readonly number[], why: string): void {
  if (tensor.shape.length !== shape.length || shape.some((size, i) => size !== tensor.shape[i])) {
    throw new ShapeError({
      what: `${name} is [${tensor.shape.join(", ")}]`,
      why,
      fix: `pass ${name} as [${shape.join(", ")}]`,
    });
  }
}

/** @throws ShapeError unless `tensor` has one of these numbers of dimensions. */
export function checkRank(name: string, tensor: tf.Tensor, least: number, form: string, most = least): void {
  if (tensor.rank < least || tensor.rank > most) {
    throw new ShapeError({
      what: `${name} is [${tensor.shape.join(", ")}]`,
      why: `it is read as ${form}`,
      fix: "reshape it, or pass another tensor",
    });
  }
}

/** @throws OptionError unless every tensor holds this type. */
export function checkDtype(dtype: "float32" | "int32", tensors: Readonly<Record<string, tf.Tensor | null>>): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor !== null && tensor.dtype !== dtype) {
      throw new OptionError({
        what: `${name} holds ${tensor.dtype}`,
        why: dtype === "int32" ? "counts and indices are int32" : "the arithmetic is in float32",
        fix: `pass ${name} as a tensor of ${dtype}`,
      });
    }
  }
}
