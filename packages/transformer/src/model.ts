import * as tf from "@tensorflow/tfjs-core";
import type { Rng, TensorData } from "@xlm/core";
import { completeConfig, type TransformerConfig, type TransformerOptions } from "./config.js";
import { initWeights } from "./init.js";
import { listParameters } from "./parameters.js";
import { checkWeights } from "./weights.js";

/** A model in the memory of the tfjs backend that was current when it was made. Whoever made it disposes it. */
export interface Transformer {
  readonly config: TransformerConfig;
  /**
   * By the names of the reference's `state_dict`, matrices `[out, in]`. The variables' own names are tfjs's, so that
   * several models can live side by side. A sinusoidal table is here too, not trainable.
   */
  readonly params: Readonly<Record<string, tf.Variable>>;
  /** Frees the parameters. */
  dispose(): void;
}

/** Where the weights come from: drawn afresh, or read. */
export type WeightSource = { readonly rng: Rng } | { readonly weights: Readonly<Record<string, TensorData>> };

/**
 * An XLM encoder (Lample & Conneau 2019, §5.1; the original's `src/model/transformer.py`).
 * @param source `{ rng }` draws weights (see `initWeights`); `{ weights }` takes those of `exportWeights`, of a
 *   checkpoint, or a `state_dict` of the reference, and copies them. `pred_layer.proj.weight` may be among them if it equals
 *   `embeddings.weight`; a sinusoidal position table may be missing.
 * @throws OptionError (`XLM_OPTION`) for a configuration that makes no sense;
 *   MismatchError (`XLM_MISMATCH`) for weights that belong to another one, naming what is missing, unexpected or of another shape.
 */
export function createTransformer(options: TransformerOptions, source: WeightSource): Transformer {
  const config = completeConfig(options);
  const weights = "weights" in source ? checkWeights(config, source.weights) : initWeights(config, source.rng);
  const params: Record<string, tf.Variable> = {};
  for (const { name, shape, trainable } of listParameters(config)) {
    const { data } = weights[name] as TensorData<"F32">;
    // Copied: some backends keep the array they are given, and the caller may go on to change it.
    params[name] = tf.tidy(() => tf.variable(tf.tensor(data.slice(), [...shape], "float32"), trainable));
  }
  return {
    config,
    params,
    dispose: () => tf.dispose(params),
  };
}

/** A parameter of rank 2. */
export const matrix = (model: Transformer, name: string): tf.Tensor2D => model.params[name] as tf.Tensor as tf.Tensor2D;

/** A parameter of rank 1. */
export const vector = (model: Transformer, name: string): tf.Tensor1D => model.params[name] as tf.Tensor as tf.Tensor1D;

/**
 * The weights of a model as plain arrays, copied: what `createTransformer(config, { weights })` takes.
 * The tied output matrix is not repeated; a reader that wants `pred_layer.proj.weight` uses `embeddings.weight`.
 */
export function exportWeights(model: Transformer): Record<string, TensorData<"F32">> {
  const weights: Record<string, TensorData<"F32">> = {};
  for (const [name, variable] of Object.entries(model.params)) {
    weights[name] = { dtype: "F32", shape: [...variable.shape], data: variable.dataSync<"float32">().slice() };
  }
  return weights;
}
