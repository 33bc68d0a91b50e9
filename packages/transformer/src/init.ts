import { fillNormal, fillUniform, sizeOf, type Rng, type TensorData } from "@xlm/core";
import type { TransformerConfig } from "./config.js";
import { ATTENTION_PARTS, listParameters, type Parameter } from "./parameters.js";

/**
 * Fresh weights by name, distributed as in the original (`src/model/transformer.py` and PyTorch's defaults):
 * embeddings N(0, 1/embDim) with the padding row at zero, matrices and biases of linear layers uniform within
 * ±1/sqrt(inputs), layer norms 1 and 0, sinusoidal positions computed.
 * @param rng every part of the model has a stream of its own, so that another layer, or language embeddings,
 *   leave the other weights as they were.
 */
export function initWeights(config: TransformerConfig, rng: Rng): Record<string, TensorData<"F32">> {
  const draw = weightDrawer(config, rng);
  return Object.fromEntries(listParameters(config).map((parameter) => [parameter.name, draw(parameter)]));
}

/** Draws the weights of `initWeights` one by one, so that a large model need not be held twice. Called in the order of `listParameters`. */
export function weightDrawer(config: TransformerConfig, rng: Rng): (parameter: Parameter) => TensorData<"F32"> {
  const streamOf = streams(config, rng);
  const { padId, embDim, hiddenDim } = config;
  return ({ name, shape, trainable }) => {
    const data = trainable ? new Float32Array(sizeOf(shape)) : sinusoidTable(config);
    const [module, kind] = splitName(name);
    if (module.startsWith("layer_norm")) {
      data.fill(kind === "weight" ? 1 : 0);
    } else if (trainable && module.endsWith("embeddings")) {
      fillNormal(streamOf(module), data, 0, embDim ** -0.5);
    } else if (trainable) {
      const inputs = kind === "weight" ? (shape[1] as number) : module.endsWith("lin2") ? hiddenDim : embDim;
      fillUniform(streamOf(module), data, -(inputs ** -0.5), inputs ** -0.5);
    }
    if (module === "embeddings") data.fill(0, padId * embDim, (padId + 1) * embDim);
    return { dtype: "F32", shape, data };
  };
}

function splitName(name: string): [module: string, kind: string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/** The stream of each module; split off in an order that does not depend on which modules exist. */
function streams(config: TransformerConfig, rng: Rng): (module: string) => Rng {
  const byModule = new Map<string, Rng>();
  for (const module of ["embeddings", "position_embeddings", "lang_embeddings", "pred_layer.proj"]) {
    byModule.set(module, rng.split());
  }
  const layers = rng.split();
  for (let i = 0; i < config.nLayers; i++) {
    const layer = layers.split();
    for (const part of ATTENTION_PARTS) byModule.set(`attentions.${i}.${part}`, layer.split());
    for (const part of ["lin1", "lin2"]) byModule.set(`ffns.${i}.${part}`, layer.split());
    for (const part of ATTENTION_PARTS) byModule.set(`encoder_attn.${i}.${part}`, layer.split());
  }
  const adaptive = rng.split();
  byModule.set("pred_layer.proj.head", adaptive.split());
  config.adaptiveCutoffs.forEach((_, i) => {
    for (const part of [0, 1]) byModule.set(`pred_layer.proj.tail.${i}.${part}`, adaptive.split());
  });
  // Split once more for each parameter of the module: its matrix, then its bias.
  return (module) => (byModule.get(module) as Rng).split();
}

/** `[maxLen, embDim]` (Vaswani et al. 2017, §3.5): sine in even columns, cosine in odd ones, a wavelength for each pair. */
export function sinusoidTable({ maxLen, embDim }: TransformerConfig): Float32Array {
  const table = new Float32Array(maxLen * embDim);
  for (let i = 0; i < table.length; i++) {
    const column = i % embDim;
    const angle = (i - column) / embDim / 10000 ** ((2 * Math.floor(column / 2)) / embDim);
    table[i] = column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  }
  return table;
}
