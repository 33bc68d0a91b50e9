import { OptionError, UnsupportedError, type Rng, type TensorData } from "@xlm/core";
import { completeConfig, hasLangEmbeddings, type TransformerConfig } from "./config.js";
import { initWeights } from "./init.js";
import { adaptiveSizes } from "./parameters.js";
import { checkWeights } from "./weights.js";

type Weights = Record<string, TensorData<"F32">>;

/** Where the rows of a larger model come from: for each new id the old one, or -1 for a row to draw. */
export interface Extension {
  /** `[new vocabSize]`. @default all, as they are */
  readonly tokens?: Int32Array;
  /** `[new nLangs]`. @default all, as they are */
  readonly langs?: Int32Array;
}

/**
 * Gives a trained encoder or decoder another vocabulary, or other languages. Every row that is mapped stays the same to the bit, in
 * embeddings and output layer; the others are drawn as `initWeights` draws them; all other weights are those given, the same arrays.
 *
 * A model of one language has no language embeddings; when it gets them, the row of its old language is zero, which leaves its outputs
 * as they were. An id under adaptive softmax stays in its cluster: new ones at the end join the last.
 * `Differs:` the original has no way to do this.
 * @param weights as `createTransformer` takes them. Left untouched.
 * @param extension see `matchNames`. An old id may be used twice, or not at all.
 * @throws OptionError (`XLM_OPTION`) for ids that the model does not have, or another place of the padding token;
 *   UnsupportedError (`XLM_UNSUPPORTED`) for a word that changes its cluster, or several languages that become one;
 *   MismatchError (`XLM_MISMATCH`) for weights of another model.
 * @example
 * const tokens = matchNames(oldDictionary.words, newDictionary.words);
 * const larger = extendWeights(model.config, exportWeights(model), { tokens }, createRng(1));
 * const extended = createTransformer(larger.config, larger);
 */
export function extendWeights(
  config: TransformerConfig,
  weights: Readonly<Record<string, TensorData>>,
  extension: Extension,
  rng: Rng,
): { config: TransformerConfig; weights: Weights } {
  const { tokens = identity(config.vocabSize), langs = identity(config.nLangs) } = extension;
  const next = completeConfig({ ...config, vocabSize: tokens.length, nLangs: langs.length });
  checkMapping("tokens", tokens, config.vocabSize);
  checkMapping("langs", langs, config.nLangs);
  checkKept(config, next, tokens);
  const old = checkWeights(config, weights);
  // Without layers only the tables are drawn; every part has its own stream, so they are those of the whole model.
  const fresh = initWeights({ ...next, nLayers: 0 }, rng);
  const result: Weights = { ...old };
  for (const [name, rows] of Object.entries(rowMaps(config, next, tokens, langs))) {
    result[name] = mergeRows(old[name], fresh[name] as TensorData<"F32">, rows);
  }
  return { config: next, weights: result };
}

/**
 * Where the names of a new list stood in an old one, for `extendWeights`: words of two dictionaries, or languages.
 * @returns `[next.length]`: the index in `old`, -1 for a new name.
 * @throws OptionError (`XLM_OPTION`) for a name that stands twice in a list.
 */
export function matchNames(old: readonly string[], next: readonly string[]): Int32Array {
  const places = indexNames(old);
  indexNames(next);
  return Int32Array.from(next, (name) => places.get(name) ?? -1);
}

function indexNames(names: readonly string[]): Map<string, number> {
  const places = new Map(names.map((name, i) => [name, i]));
  if (places.size === names.length) return places;
  const twice = names.find((name, i) => places.get(name) !== i);
  throw new OptionError({
    what: `${JSON.stringify(twice)} stands twice in a list of names`,
    why: "a name has one row",
    fix: "leave out the second",
  });
}

const identity = (size: number): Int32Array => Int32Array.from({ length: size }, (_, i) => i);

/** For each array that has a row a word, a cluster or a language: which old row each new one is, or -1. */
function rowMaps(
  config: TransformerConfig,
  next: TransformerConfig,
  tokens: Int32Array,
  langs: Int32Array,
): Record<string, Int32Array> {
  const maps: Record<string, Int32Array> = { "embeddings.weight": tokens };
  if (hasLangEmbeddings(next)) maps["lang_embeddings.weight"] = langs;
  if (next.output === "untied") maps["pred_layer.proj.weight"] = tokens;
  if (next.output !== "adaptive") return { ...maps, "pred_layer.proj.bias": tokens };
  const { shortlist, headSize, tails } = adaptiveSizes(next);
  const entries = identity(headSize).map((entry) => (entry < shortlist ? (tokens[entry] as number) : entry));
  maps["pred_layer.proj.head.weight"] = maps["pred_layer.proj.head.bias"] = entries;
  tails.forEach(({ first, size }, i) => {
    const words = tokens.slice(first, first + size);
    maps[`pred_layer.proj.tail.${i}.1.weight`] = words.map((id) => (id < 0 ? -1 : id - first));
  });
  return maps;
}

/** The rows of `fresh`, those that are mapped replaced by the old ones: by zeros where there was no table. */
function mergeRows(old: TensorData<"F32"> | undefined, fresh: TensorData<"F32">, rows: Int32Array): TensorData<"F32"> {
  const width = fresh.data.length / rows.length;
  const data = fresh.data.slice();
  rows.forEach((from, to) => {
    if (from < 0) return;
    if (old) data.set(old.data.subarray(from * width, (from + 1) * width), to * width);
    else data.fill(0, to * width, (to + 1) * width);
  });
  return { ...fresh, data };
}

function checkMapping(name: string, rows: Int32Array, size: number): void {
  const at = rows.findIndex((row) => row < -1 || row >= size);
  if (at < 0) return;
  throw new OptionError({
    what: `${name}[${at}] is ${rows[at]} and the model has ${size}`,
    why: "a new row is an old one, or drawn",
    fix: `use numbers from 0 to ${size - 1}, or -1 for a row to draw`,
  });
}

function checkKept(config: TransformerConfig, next: TransformerConfig, tokens: Int32Array): void {
  const { padId } = config;
  if (tokens[padId] !== padId) {
    throw new OptionError({
      what: `the padding token ${padId} would be ${tokens[padId] === -1 ? "drawn" : `the old ${tokens[padId]}`}`,
      why: "its embedding is held at zero, and batches are padded with its id",
      fix: "keep the special tokens in front, where they were",
    });
  }
  if (hasLangEmbeddings(config) && !hasLangEmbeddings(next)) {
    throw new UnsupportedError({
      what: `${config.nLangs} languages would become one`,
      why: "a model of one language has no language embeddings, and the one it was trained with would be lost",
      fix: "keep a second language, used or not",
    });
  }
  if (config.output !== "adaptive") return;
  const clusterOf = (id: number): number => config.adaptiveCutoffs.filter((cutoff) => id >= cutoff).length;
  const moved = tokens.findIndex((from, to) => from >= 0 && clusterOf(from) !== clusterOf(to));
  if (moved < 0) return;
  throw new UnsupportedError({
    what: `the old id ${tokens[moved]} would get ${moved}, in another cluster of the adaptive softmax`,
    why: "each cluster scores its words from states of its own width",
    fix: "add new words behind the old ones",
  });
}
