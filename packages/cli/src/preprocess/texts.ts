import { OptionError } from "@xlm/core";
import { langFiles, pairFiles, type LangFile } from "../options.js";
import { findFile } from "./bytes.js";

export const SPLITS = ["train", "valid", "test"] as const;
export type Split = (typeof SPLITS)[number];

/** Text of one language, or in two that are parallel by line. */
export interface TextSet {
  /** Such as `train.en` or `valid.en-fr`. */
  readonly name: string;
  readonly split: Split;
  readonly sides: readonly LangFile[];
}

/** The flags that name text. */
export interface TextFlags {
  text?: string[];
  valid?: string[];
  test?: string[];
  pair?: string[];
  validPair?: string[];
  testPair?: string[];
}

/**
 * Every text that the flags name, the files found (`FILE.gz` where `FILE` is absent).
 * @throws OptionError for no text at all, or one language or pair twice; DataError for a file that is not there.
 */
export function textSets(flags: TextFlags): TextSet[] {
  const mono = (split: Split, values: readonly string[] = []): TextSet[] =>
    langFiles(values).map((side) => ({ name: `${split}.${side.lang}`, split, sides: [side] }));
  const pairs = (split: Split, values: readonly string[] = []): TextSet[] => {
    const sides = values.map(pairFiles);
    checkPairs(sides);
    return sides.map((both) => ({ name: `${split}.${both.map(({ lang }) => lang).join("-")}`, split, sides: both }));
  };
  const sets = [
    ...mono("train", flags.text),
    ...mono("valid", flags.valid),
    ...mono("test", flags.test),
    ...pairs("train", flags.pair),
    ...pairs("valid", flags.validPair),
    ...pairs("test", flags.testPair),
  ];
  if (sets.length === 0) {
    throw new OptionError({
      what: "there is neither --text nor --pair, nor any of valid and test",
      why: "there is nothing to prepare",
      fix: "add --text en=FILE fr=FILE, or --pair en=FILE,fr=FILE",
    });
  }
  return sets.map((set) => ({ ...set, sides: set.sides.map(({ lang, file }) => ({ lang, file: findFile(file) })) }));
}

/** @throws OptionError for a pair given twice, in either order. */
function checkPairs(pairs: readonly (readonly [LangFile, LangFile])[]): void {
  const names = pairs.map(([a, b]) => [a.lang, b.lang].sort().join("-"));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new OptionError({
    what: `the pair ${twice} is given twice`,
    why: "each pair of languages has one parallel text",
    fix: "join the files, in the same order for both languages",
  });
}

/** Each file once with its language, of some sets. */
export function distinctSides(sets: readonly TextSet[]): LangFile[] {
  const seen = new Map<string, LangFile>();
  for (const side of sets.flatMap(({ sides }) => sides)) {
    const key = `${side.lang}=${side.file}`;
    if (!seen.has(key)) seen.set(key, side);
  }
  return [...seen.values()];
}
