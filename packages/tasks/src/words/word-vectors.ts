import { checkSize, OptionError, ShapeError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import type { Transformer } from "@xlm/transformer";
import type { TextCodec } from "../text-codec.js";
import type { WordVectors } from "./rows.js";

export interface WordVectorsOptions {
  /** What a word in several subwords has: the mean of their rows, or no vector. @default "mean" */
  readonly split?: "mean" | "skip";
}

/**
 * Vectors of words from the lookup table of a model, context left aside (Lample & Conneau 2019, §5.5).
 * `Differs:` the paper takes words that are rows of the table; here, with fewer merges, a word in several subwords has the mean of their rows
 * unless `split` says otherwise.
 * @param model whose `embeddings.weight` is read; or such a table, `[vocab, dim]`.
 * @param codec of that model.
 * @param words as in running text; each counts once.
 * @param lang how they are made into words of the model.
 * @returns the words that have a vector, in their order; one with an unknown subword has none.
 * @throws ShapeError (`XLM_SHAPE`) for a table of another vocabulary, OptionError (`XLM_OPTION`) for a language that the codec has not.
 * @example
 * const { words, vectors } = wordVectors(model, codec, ["house", "zebra"], "en"); // words: ["house"], vectors.shape: [1, dim]
 */
export function wordVectors(
  model: Transformer | Vectors,
  codec: TextCodec,
  words: readonly string[],
  lang: string,
  options: WordVectorsOptions = {},
): WordVectors {
  const { split = "mean" } = options;
  if (split !== "mean" && split !== "skip") {
    throw new OptionError({
      what: `split is ${JSON.stringify(split)}`,
      why: "a word in several subwords has their mean or no vector",
      fix: 'use "mean" or "skip"',
    });
  }
  const table = "config" in model ? tableOf(model) : model;
  checkTable(table, codec);
  const { unkId } = codec.dictionary;
  const distinct = [...new Set(words)];
  const { ids, positions } = codec.corpus(distinct, lang);
  const dim = table.shape[1];
  const kept: string[] = [];
  const data = new Float32Array(distinct.length * dim);
  distinct.forEach((word, i) => {
    const [from, to] = positions.subarray(2 * i, 2 * i + 2);
    const subwords = Array.from(ids.subarray(from as number, to as number));
    if (subwords.length === 0 || subwords.includes(unkId) || (subwords.length > 1 && split === "skip")) return;
    const row = data.subarray(kept.length * dim, (kept.length + 1) * dim);
    for (let k = 0; k < dim; k++) {
      const sum = subwords.reduce((total, id) => total + (table.data[id * dim + k] as number), 0);
      row[k] = sum / subwords.length;
    }
    kept.push(word);
  });
  return { words: kept, vectors: { data: data.slice(0, kept.length * dim), shape: [kept.length, dim] } };
}

/** The lookup table of a model, copied: `[vocab, dim]`. */
function tableOf({ config, params }: Transformer): Vectors {
  const data = params["embeddings.weight"]!.dataSync<"float32">().slice();
  return { data, shape: [config.vocabSize, config.embDim] };
}

function checkTable({ data, shape }: Vectors, { dictionary }: TextCodec): void {
  checkSize("the table", data, shape);
  if (shape[0] === dictionary.size) return;
  throw new ShapeError({
    what: `the table has ${shape[0]} rows and the dictionary ${dictionary.size} words`,
    why: "a word's row is its id",
    fix: "pass the codec that the model was trained with",
  });
}
