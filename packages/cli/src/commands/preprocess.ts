import path from "node:path";
import { Option, type Command } from "commander";
import { formatStatistics } from "@xlm/data";
import { addTokenizeFlags, type TokenizeFlags } from "../flags.js";
import { alphaValue, wholeNumber } from "../options.js";
import { preprocess } from "../preprocess/run.js";
import type { Recipe } from "../preprocess/recipe.js";
import { writeSummaries } from "../preprocess/summary.js";
import { namedSides } from "../preprocess/text.js";
import { textSets, type TextFlags } from "../preprocess/texts.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { wordRules } from "../tokenize.js";

interface PreprocessFlags extends CommonFlags, TextFlags, TokenizeFlags {
  invalidUtf8: Recipe["invalidUtf8"];
  codes?: string;
  vocab?: string;
  merges: number;
  alpha: number | "uniform";
  seed: number;
  maxVocab?: number;
  minCount?: number;
  splitUnknown?: boolean;
  shardTokens: number;
  verify?: boolean;
  out: string;
}

async function run(session: Session, flags: PreprocessFlags): Promise<void> {
  const { invalidUtf8, splitUnknown = false, verify = false, out } = flags;
  const { codes, vocab, merges, alpha, seed, maxVocab, minCount, shardTokens } = flags;
  const recipe: Recipe = {
    ...{ ...wordRules(flags), invalidUtf8, merges, alpha, seed, splitUnknown, shardTokens },
    ...(codes === undefined ? {} : { codes }),
    ...(vocab === undefined ? {} : { vocab }),
    ...(maxVocab === undefined ? {} : { maxVocab }),
    ...(minCount === undefined ? {} : { minCount }),
  };
  const sets = textSets(flags);
  const prepared = await preprocess(session, out, sets, recipe, { verify });
  writeSummaries(out, prepared, recipe);
  const { made, removed, texts } = prepared;
  for (const file of removed) session.say(`removed ${path.join(out, file)}, which belongs to no text named`);
  session.result(
    {
      out,
      vocabulary: prepared.dictionary.size,
      made,
      removed,
      texts: texts.flatMap(({ set, sides }) =>
        sides.map(({ file, shards, statistics: { lengths: _, unkWords: __, ...numbers } }) => ({
          text: set.name,
          file,
          shards: shards.length,
          ...numbers,
        })),
      ),
    },
    formatStatistics(namedSides(texts).map(({ statistics }) => statistics)),
  );
  const report = path.join(out, "report.html");
  session.say(made.length === 0 ? `${out} is up to date` : `wrote ${out}; a report is in ${report}`);
}

export function addPreprocess(program: Command, runner: Runner): void {
  const command = program
    .command("preprocess")
    .description(
      "raw text to ids that xlm train reads: tokenised, split into subwords, in shards; doing only what changed",
    )
    .option("--text <files...>", "text to train on, one language each: LANG=FILE; .gz is unpacked")
    .option("--valid <files...>", "text to validate on, LANG=FILE")
    .option("--test <files...>", "text to test on, LANG=FILE")
    .option("--pair <files...>", "text in two languages, parallel by line: en=FILE,fr=FILE")
    .option("--valid-pair <files...>", "the same to validate on")
    .option("--test-pair <files...>", "the same to test on")
    .option("--codes <file>", "BPE codes (default: learnt on the text to train on)")
    .option("--vocab <file>", "vocabulary of those codes (default: counted on the text to train on)")
    .option("--merges <n>", "BPE merges to learn", wholeNumber(1), 32_000)
    .option("--alpha <a>", "exponent of the mixture of languages that codes are learnt on, or uniform", alphaValue, 0.5)
    .option("--seed <n>", "of the lines drawn for the mixture", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--max-vocab <n>", "ids to keep, the 14 special ones included", wholeNumber(14))
    .option("--min-count <n>", "occurrences of a subword to keep", wholeNumber(0))
    .option("--split-unknown", "split subwords further that the vocabulary lacks, as applybpe does with a vocabulary")
    .option("--shard-tokens <n>", "subwords of a shard", wholeNumber(1), 10_000_000)
    .addOption(
      new Option("--invalid-utf8 <how>", "refuse: name the line; replace: by U+FFFD, NUL bytes too")
        .choices(["refuse", "replace"])
        .default("refuse"),
    )
    .option("--verify", "compare all files by their hashes, not by size and time")
    .requiredOption("--out <dir>", "folder of binarised text: a new one, or one made by xlm preprocess");
  runner(addTokenizeFlags(command, "moses-lower"), (session, flags: PreprocessFlags) => run(session, flags));
}
