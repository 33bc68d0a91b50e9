import * as tf from "@tensorflow/tfjs-core";
import type { Rng, TensorData } from "@xlm/core";
import { completeConfig, type TransformerConfig, type TransformerOptions } from "./config.js";
import { weightDrawer } from "./init.js";
import { listParameters, type Parameter } from "./parameters.js";
import { checkWeights } from "./weights.js";

/**
 * Parameters that can be trained, saved and restored, in the memory of the tfjs backend that was current when they were made: an
 * encoder, a decoder, a head, or several of them joined. Whoever made it disposes it.
 */
export interface Trainable {
  /** What it is made of, plain JSON. */
  readonly config: unknown;
  /** By name; those not trainable are here too. */
  readonly params: Readonly<Record<string, tf.Variable>>;
  /** Frees the parameters. */
  dispose(): void;
}

/**
 * An XLM encoder, or with `crossAttention` a decoder. Parameters have the names of the reference's `state_dict`, matrices are
 * `[out, in]`; the variables' own names are tfjs's, so that several models can live side by side. A sinusoidal table is among
 * them, not trainable.
 */
export interface Transformer extends Trainable {
  readonly config: TransformerConfig;
}

/** Where the weights come from: drawn afresh, or read. */
export type WeightSource = { readonly rng: Rng } | { readonly weights: Readonly<Record<string, TensorData>> };

/**
 * An XLM encoder or decoder (Lample & Conneau 2019, §5.1; the original's `src/model/transformer.py`).
 * @param source `{ rng }` draws weights (see `initWeights`); `{ weights }` takes those of `exportWeights`, of a
 *   checkpoint, or a `state_dict` of the reference, and copies them. `pred_layer.proj.weight` may be among them if it equals
 *   `embeddings.weight`; a sinusoidal position table may be missing.
 * @throws OptionError (`XLM_OPTION`) for a configuration that makes no sense;
 *   MismatchError (`XLM_MISMATCH`) for weights that belong to another one, naming what is missing, unexpected or of another shape.
 */
export function createTransformer(options: TransformerOptions, source: WeightSource): Transformer {
  const config = completeConfig(options);
  const weightOf = "weights" in source ? given(checkWeights(config, source.weights)) : weightDrawer(config, source.rng);
  const params = createVariables(listParameters(config), weightOf);
  return { config, params, dispose: () => tf.dispose(params) };
}

/** Weights by their parameters. */
export const given =
  (weights: Readonly<Record<string, TensorData<"F32">>>) =>
  ({ name }: Parameter): TensorData<"F32"> =>
    weights[name] as TensorData<"F32">;

/** A variable for each parameter, from weights that fit; `weightOf` is asked for one after the other. */
export function createVariables(
  list: readonly Parameter[],
  weightOf: (parameter: Parameter) => TensorData<"F32">,
): Record<string, tf.Variable> {
  const params: Record<string, tf.Variable> = {};
  for (const parameter of list) {
    const { name, shape, trainable } = parameter;
    const { data } = weightOf(parameter);
    // Copied: some backends keep the array they are given, and the caller may go on to change it.
    params[name] = tf.tidy(() => tf.variable(tf.tensor(data.slice(), [...shape], "float32"), trainable));
  }
  return params;
}

/** Several models taken as one: what is trained, saved and restored together. */
export type Joined<M extends Readonly<Record<string, Trainable>>> = Trainable & {
  readonly [K in keyof M]: M[K];
} & { readonly config: { readonly [K in keyof M]: M[K]["config"] } };

/**
 * Takes models as one: `joinModels({ encoder, decoder })`, `joinModels({ encoder, head })`. Parameters are named `PART.NAME`, as in
 * the original's checkpoints of an encoder and a decoder.
 * @returns the models by name, with `config`, `params` and `dispose` of all.
 */
export function joinModels<M extends Readonly<Record<string, Trainable>>>(models: M): Joined<M> {
  const parts = Object.entries(models);
  const params = Object.fromEntries(
    parts.flatMap(([part, model]) => Object.entries(model.params).map(([name, value]) => [`${part}.${name}`, value])),
  );
  const config = Object.fromEntries(parts.map(([part, model]) => [part, model.config]));
  return { ...models, config, params, dispose: () => parts.forEach(([, model]) => model.dispose()) } as Joined<M>;
}

/** The weights of one part of a joined model, by their own names: `partWeights(weights, "encoder")`. */
export function partWeights<T>(weights: Readonly<Record<string, T>>, part: string): Record<string, T> {
  const own = Object.entries(weights).filter(([name]) => name.startsWith(`${part}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(part.length + 1), value]));
}

/** A parameter of rank 2. */
export const matrix = (model: Trainable, name: string): tf.Tensor2D => model.params[name] as tf.Tensor as tf.Tensor2D;

/** A parameter of rank 1. */
export const vector = (model: Trainable, name: string): tf.Tensor1D => model.params[name] as tf.Tensor as tf.Tensor1D;

/**
 * The weights of a model as plain arrays, copied: what `createTransformer(config, { weights })` takes.
 * The tied output matrix is not repeated; a reader that wants `pred_layer.proj.weight` uses `embeddings.weight`.
 */
export function exportWeights(model: Trainable): Record<string, TensorData<"F32">> {
  const weights: Record<string, TensorData<"F32">> = {};
  for (const [name, variable] of Object.entries(model.params)) {
    weights[name] = { dtype: "F32", shape: [...variable.shape], data: variable.dataSync<"float32">().slice() };
  }
  return weights;
}
