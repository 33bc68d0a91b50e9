import { OptionError } from "@xlm/core";
import { listParameters, type TransformerConfig } from "@xlm/transformer";

/**
 * Names of the parameters of some layers, to train them alone (`--finetune_layers` of the original's glue-xnli.py): 0 is the
 * embeddings with their layer norm, 1 to `nLayers` the layers, `_1` the last, `_2` the one before. The output layer is in none, and a sinusoidal
 * table is not trained.
 * `Differs:` besides one range, `"0:_1"`, single layers and lists are read, such as `"0,_2:_1"`; a range of nothing is refused, where the
 * original goes on and fails in its optimiser.
 * @param layers numbers and ranges of numbers, both ends included, separated by commas.
 * @returns in the order of `listParameters`. Of a joined model they begin with the part's name: `encoder.` before each.
 * @throws OptionError (`XLM_OPTION`) naming the part that is wrong.
 */
export function parametersOfLayers(config: TransformerConfig, layers: string): string[] {
  const chosen = new Set(layers.split(",").flatMap((part) => layersOf(part, config.nLayers, layers)));
  return listParameters(config)
    .filter(({ name, trainable }) => trainable && chosen.has(layerOf(name)))
    .map(({ name }) => name);
}

/** 0 for embeddings, from 1 for layers, -1 for the output layer. */
function layerOf(name: string): number {
  if (name.startsWith("pred_layer.")) return -1;
  const [, index] = /^\w+\.(\d+)\./.exec(name) ?? [];
  return index === undefined ? 0 : Number(index) + 1;
}

function layersOf(part: string, nLayers: number, whole: string): number[] {
  const [from, to = from, ...rest] = part.split(":").map((text) => layerNumber(text, nLayers));
  if (from === undefined || to === undefined || rest.length > 0 || !(from <= to)) {
    throw new OptionError({
      what: `${JSON.stringify(part)} of the layers ${JSON.stringify(whole)} names none of a model with ${nLayers}`,
      why: "0 is the embeddings, 1 the first layer and _1 the last",
      fix: `write numbers and ranges from 0 to ${nLayers}, such as "0:_1" for all or "0,${nLayers}"`,
    });
  }
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** NaN for what is no layer. */
function layerNumber(text: string, nLayers: number): number {
  if (!/^_?\d+$/.test(text)) return NaN;
  const number = text.startsWith("_") ? nLayers + 1 - Number(text.slice(1)) : Number(text);
  return number >= 0 && number <= nLayers ? number : NaN;
}
