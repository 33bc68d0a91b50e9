import { type Rng, DataError, checkProb } from "@xlm/core";
import { type Text, toBytes, toText } from "./bytes.js";
import { type BpeCodes, checkMerges, parseCodes } from "./codes.js";
import type { WordCounts } from "./count.js";
import { codedSize, createEncoder } from "./js/encoder.js";
import { parseVocab } from "./vocab.js";

export interface BpeDropoutOptions {
  /** Probability with which a merge that could be made next is passed over. @default 0.1 */
  rate?: number;
  /** As `createBpe`'s: subwords that it does not hold are taken apart again, which is not left to chance. */
  vocab?: WordCounts | Text;
}

/** Codes words differently each time. Both functions advance `rng`; nothing is remembered between words. */
export interface BpeDropout {
  readonly rate: number;
  /** Subwords of one word; all but the last end in `@@`. @throws DataError for a space or newline in it. */
  encodeWord(word: Text, rng: Rng): string[];
  /** Codes the words of one line; one space between them, none at the ends. @throws DataError for a newline in it. */
  applyLine(line: string, rng: Rng): string;
}

/**
 * BPE dropout (Provilkov et al. 2020, algorithm 1): a model that reads a word cut up in ever new ways learns what words are
 * made of. It is for training text; everything else is coded with `createBpe`.
 *
 * A word begins as its characters. Every place where two neighbours could be merged is tried, the lowest rank first and
 * from left to right, and dropped with probability `rate`; the first that is not dropped is merged, and all places are
 * open again. The word is done when all are dropped. (This is the algorithm's step, to drop each place independently and
 * make the best merge that is left, without the draws that decide nothing: one `rng.next()` a place tried.)
 *
 * Rate 0 codes as `createBpe` does, rate 1 leaves characters, and `restoreBpe` undoes every outcome.
 * @param codes From `learnBpe` or `parseCodes`, or a codes file.
 * @throws OptionError for a `rate` outside `[0, 1]`; FormatError as `createBpe` does.
 * @example
 * const bpe = createBpeDropout(codes, { rate: 0.1 });
 * bpe.encodeWord("lower", createRng(1)); // [ "low@@", "er" ], or [ "l@@", "ow@@", "er" ], or ...
 */
export function createBpeDropout(codes: BpeCodes | Text, options: BpeDropoutOptions = {}): BpeDropout {
  const { rate = 0.1 } = options;
  checkProb("rate", rate);
  if (!isFile(codes)) checkMerges(codes.merges, () => ({}));
  const encode = createEncoder(
    isFile(codes) ? parseCodes(codes) : codes,
    isFile(options.vocab) ? parseVocab(options.vocab) : options.vocab,
  );

  function encodeWord(word: Text, rng: Rng): string[] {
    const bytes = toBytes(word);
    check(
      bytes.includes(0x20) || bytes.includes(0x0a),
      "the word holds a space or newline",
      "call it once a word, or use applyLine",
    );
    if (bytes.length === 0) return [];
    const coded = new Uint8Array(codedSize(bytes.length));
    // Without chance, codes in an order that no learner writes are applied in rounds too, as fastBPE does.
    const skip = rate === 0 ? undefined : () => rng.next() < rate;
    return toText(coded, 0, encode(bytes, 0, bytes.length, coded, 0, skip)).split(" ");
  }

  return {
    rate,
    encodeWord,
    applyLine(line, rng) {
      check(line.includes("\n"), "the line holds a newline", "call it once a line");
      const words = line.split(" ").filter((word) => word !== "");
      return words.flatMap((word) => encodeWord(word, rng)).join(" ");
    },
  };
}

const isFile = (content: unknown): content is Text => typeof content === "string" || content instanceof Uint8Array;

function check(bad: boolean, what: string, fix: string): void {
  if (bad) throw new DataError({ what, why: "that is where it would end", fix });
}
