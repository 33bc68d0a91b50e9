import { sizeOf } from "@xlm/core";
import { hasLangEmbeddings, type TransformerConfig } from "./config.js";

/** One array of the model: its name in the reference's `state_dict`, its shape (`[out, in]` for a matrix), whether it is trained. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
}

/**
 * The parameters of a model, in a fixed order: those of the embeddings, layer by layer, the output bias.
 * The output matrix is `embeddings.weight` (tied), and so not listed a second time.
 */
export function listParameters(config: TransformerConfig): Parameter[] {
  const { vocabSize, nLangs, embDim, hiddenDim, nLayers, maxLen } = config;
  const list: Parameter[] = [];
  const add = (name: string, shape: number[], trainable = true): void => void list.push({ name, shape, trainable });
  const addLinear = (name: string, out: number, inputs: number): void => {
    add(`${name}.weight`, [out, inputs]);
    add(`${name}.bias`, [out]);
  };
  const addNorm = (name: string): void => {
    add(`${name}.weight`, [embDim]);
    add(`${name}.bias`, [embDim]);
  };
  add("position_embeddings.weight", [maxLen, embDim], config.positionEmbeddings === "learned");
  if (hasLangEmbeddings(config)) add("lang_embeddings.weight", [nLangs, embDim]);
  add("embeddings.weight", [vocabSize, embDim]);
  addNorm("layer_norm_emb");
  for (let i = 0; i < nLayers; i++) {
    for (const part of ["q_lin", "k_lin", "v_lin", "out_lin"]) addLinear(`attentions.${i}.${part}`, embDim, embDim);
    addNorm(`layer_norm1.${i}`);
    addLinear(`ffns.${i}.lin1`, hiddenDim, embDim);
    addLinear(`ffns.${i}.lin2`, embDim, hiddenDim);
    addNorm(`layer_norm2.${i}`);
  }
  add("pred_layer.proj.bias", [vocabSize]);
  return list;
}

/** Numbers that training moves: a sinusoidal table does not count, the tied output matrix counts once. */
export const parameterCount = (config: TransformerConfig): number =>
  listParameters(config).reduce((sum, { shape, trainable }) => sum + (trainable ? sizeOf(shape) : 0), 0);
