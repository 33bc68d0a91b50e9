import { OptionError } from "@xlm/core";
import { parseCodes } from "@xlm/bpe";
import { limitDictionary, parseDictionary, type Dictionary } from "@xlm/data";
import { readBytes } from "../files.js";
import { checkBelongs } from "../prepare.js";
import type { TextRules } from "../data-folder.js";
import { carriageReturns, runsMoses } from "../tokenize.js";
import type { From } from "./plan.js";
import type { LineRules } from "./lines.js";
import type { TextSet } from "./texts.js";

/** Everything but the text that decides what comes out. */
export interface Recipe extends TextRules {
  readonly invalidUtf8: LineRules["invalidUtf8"];
  /** A codes file; without it codes are learnt on the text to train on. */
  readonly codes?: string;
  /** A vocabulary file; without it subwords are counted on the text to train on. */
  readonly vocab?: string;
  readonly merges: number;
  readonly alpha: number | "uniform";
  readonly seed: number;
  readonly maxVocab?: number;
  readonly minCount?: number;
  readonly shardTokens: number;
}

/** What a recipe was given rather than left to be learnt. */
export interface Given {
  readonly codes?: Uint8Array;
  readonly vocab?: Uint8Array;
  /** The dictionary of `vocab`, within the limits: read when it is first asked for. */
  readonly dictionary?: () => Dictionary;
}

export const lineRules = (recipe: Recipe): LineRules => ({
  cr: carriageReturns(recipe),
  invalidUtf8: recipe.invalidUtf8,
});

/** What of the recipe words are made with. */
export const wordsFrom = ({ tokenizer, moses, invalidUtf8 }: Recipe): From => ({
  "xlm preprocess": "1",
  "--tokenize": tokenizer,
  ...(runsMoses(tokenizer) && { "--moses": moses }),
  "--invalid-utf8": invalidUtf8,
});

/**
 * Reads the files that a recipe names.
 * @throws OptionError for a recipe that cannot be followed; DataError for files that are not there.
 */
export function readGiven(recipe: Recipe, sets: readonly TextSet[]): Given {
  const { codes, vocab } = recipe;
  if (vocab !== undefined && codes === undefined) {
    throw new OptionError({
      what: "--vocab is given without --codes",
      why: "a vocabulary lists what some codes make of text",
      fix: "add the --codes that go with it, or leave both out and they are learnt",
    });
  }
  if (vocab === undefined && !sets.some(({ split }) => split === "train")) {
    throw new OptionError({
      what: `there is no text to train on, and no ${codes === undefined ? "--codes and " : ""}--vocab`,
      why: "codes and vocabulary are learnt on the text of --text and --pair",
      fix: "add --text, or give --codes and --vocab",
    });
  }
  return {
    ...(codes === undefined ? {} : { codes: readBytes(codes) }),
    ...(vocab === undefined ? {} : givenVocabulary(vocab, recipe)),
  };
}

function givenVocabulary(file: string, recipe: Recipe): Required<Pick<Given, "vocab" | "dictionary">> {
  const vocab = readBytes(file);
  let dictionary: Dictionary | undefined;
  return {
    vocab,
    dictionary: () => (dictionary ??= limitDictionary(parseDictionary(vocab, { file }), limits(recipe))),
  };
}

/** @throws FormatError, DataError for damaged files; MismatchError for codes and vocabulary that do not belong together. */
export function checkGiven({ codes, vocab, dictionary }: Given, recipe: Recipe): void {
  const parsed = codes && parseCodes(codes, { file: recipe.codes as string });
  if (parsed && vocab) checkBelongs(parsed, vocab, [recipe.codes as string, recipe.vocab as string]);
  dictionary?.();
}

export const limits = ({ maxVocab, minCount }: Recipe): { maxVocab?: number; minCount?: number } => ({
  ...(maxVocab === undefined ? {} : { maxVocab }),
  ...(minCount === undefined ? {} : { minCount }),
});
