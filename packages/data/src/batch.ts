import { checkInt, MismatchError, type LangId, type TokenBatch, type Vocab } from "@xlm/core";
import { countSentences, type Corpus } from "./corpus.js";
import type { Dictionary } from "./dictionary.js";

export interface BatchOptions {
  /** Language of the sentences, written into `langs`, padding included. @default the batch has no `langs` */
  lang?: LangId;
}

/**
 * Sentences as a batch, an end mark before and after each, padded at the end (original: `batch_sentences`).
 * @param sentences word ids without marks.
 * @returns `ids` `[batch, longest + 2]`; `lengths` `[batch]` count both marks.
 */
export function frameSentences(
  sentences: readonly ArrayLike<number>[],
  vocab: Pick<Vocab, "eosId" | "padId">,
  options: BatchOptions = {},
): TokenBatch {
  const { eosId, padId } = vocab;
  const lengths = Int32Array.from(sentences, (sentence) => sentence.length + 2);
  const seq = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const ids = new Int32Array(sentences.length * seq).fill(padId);
  for (const [row, sentence] of sentences.entries()) {
    const start = row * seq;
    ids[start] = eosId;
    ids.set(sentence, start + 1);
    ids[start + 1 + sentence.length] = eosId;
  }
  const batch: TokenBatch = { ids, shape: [sentences.length, seq], lengths };
  return options.lang === undefined ? batch : { ...batch, langs: new Int32Array(ids.length).fill(options.lang) };
}

/**
 * Cuts sentences out of a corpus into a batch.
 * @param indices one entry of `planBatches` or `drawBatches`.
 * @returns as `frameSentences`.
 * @throws OptionError (`XLM_OPTION`) when an index is not one of a sentence.
 */
export function sentenceBatch(
  corpus: Corpus,
  indices: Int32Array,
  vocab: Pick<Vocab, "eosId" | "padId">,
  options: BatchOptions = {},
): TokenBatch {
  const { ids, positions } = corpus;
  const last = countSentences(corpus) - 1;
  for (const index of indices) checkInt("sentence index", index, 0, last);
  return frameSentences(
    Array.from(indices, (i) => {
      const place = positions.subarray(2 * i, 2 * i + 2);
      return ids.subarray(place[0] as number, place[1] as number);
    }),
    vocab,
    options,
  );
}

/**
 * The words of each row, joined by spaces: from behind the end mark at its start up to the next one (original:
 * `convert_to_text`).
 * `Differs:` the original insists on exactly two end marks a row.
 * @returns `[batch]` texts, still split into subwords.
 * @throws MismatchError (`XLM_MISMATCH`) for an id that the dictionary does not have.
 */
export function idsToText(batch: TokenBatch, dictionary: Pick<Dictionary, "tokens" | "eosId">): string[] {
  const { ids, lengths, shape } = batch;
  const { tokens, eosId } = dictionary;
  const word = (id: number): string => {
    const token = tokens[id];
    if (token !== undefined) return token;
    throw new MismatchError({
      what: `the batch has id ${id} and the dictionary ${tokens.length} words`,
      why: "ids can be read with the dictionary they came from alone",
      fix: "use that dictionary",
    });
  };
  return Array.from(lengths, (length, row) => {
    const sentence = ids.subarray(row * shape[1], row * shape[1] + length);
    const start = sentence[0] === eosId ? 1 : 0;
    const end = sentence.indexOf(eosId, start);
    return Array.from(sentence.subarray(start, end < 0 ? length : end), word).join(" ");
  });
}
