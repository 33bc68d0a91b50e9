import { sizeOf } from "@xlm/core";
import { hasLangEmbeddings, type TransformerConfig } from "./config.js";

/** One array of the model: its name in the reference's `state_dict`, its shape (`[out, in]` for a matrix), whether it is trained. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
}

/** The four linear maps of an attention, under its name. */
export const ATTENTION_PARTS = ["q_lin", "k_lin", "v_lin", "out_lin"] as const;

/**
 * The parameters of a model, in a fixed order: those of the embeddings, layer by layer, the output layer.
 * A tied output matrix is `embeddings.weight`, and so not listed a second time.
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
    for (const part of ATTENTION_PARTS) addLinear(`attentions.${i}.${part}`, embDim, embDim);
    addNorm(`layer_norm1.${i}`);
    if (config.crossAttention) {
      for (const part of ATTENTION_PARTS) addLinear(`encoder_attn.${i}.${part}`, embDim, embDim);
      addNorm(`layer_norm15.${i}`);
    }
    addLinear(`ffns.${i}.lin1`, hiddenDim, embDim);
    addLinear(`ffns.${i}.lin2`, embDim, hiddenDim);
    addNorm(`layer_norm2.${i}`);
  }
  if (config.output === "adaptive") {
    const { headSize, tails } = adaptiveSizes(config);
    addLinear("pred_layer.proj.head", headSize, embDim);
    tails.forEach(({ width, size }, i) => {
      add(`pred_layer.proj.tail.${i}.0.weight`, [width, embDim]);
      add(`pred_layer.proj.tail.${i}.1.weight`, [size, width]);
    });
  } else {
    if (config.output === "untied") add("pred_layer.proj.weight", [vocabSize, embDim]);
    add("pred_layer.proj.bias", [vocabSize]);
  }
  return list;
}

/** The layers of an adaptive softmax: the head scores the shortlist and one entry a tail; each tail its `size` ids from `first` on. */
export function adaptiveSizes({ vocabSize, embDim, adaptiveCutoffs, adaptiveDivValue }: TransformerConfig): {
  shortlist: number;
  headSize: number;
  tails: { first: number; size: number; width: number }[];
} {
  const [shortlist = vocabSize] = adaptiveCutoffs;
  const tails = adaptiveCutoffs.map((first, i) => ({
    first,
    size: (adaptiveCutoffs[i + 1] ?? vocabSize) - first,
    width: Math.floor(embDim / adaptiveDivValue ** (i + 1)),
  }));
  return { shortlist, headSize: shortlist + tails.length, tails };
}

/** Numbers that training moves: a sinusoidal table does not count, the tied output matrix counts once. */
export const parameterCount = (config: TransformerConfig): number =>
  listParameters(config).reduce((sum, { shape, trainable }) => sum + (trainable ? sizeOf(shape) : 0), 0);
