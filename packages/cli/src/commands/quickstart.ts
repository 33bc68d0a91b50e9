import path from "node:path";
import type { Command } from "commander";
import { createBpe } from "@xlm/bpe";
import { OptionError } from "@xlm/core";
import { startBackend } from "../backends.js";
import { BIBLE_LANGS, readBible } from "../bible.js";
import { writeDataFolder, type DataSet, type MonoText, type PairText } from "../data-folder.js";
import { checkAbsent, freeName, readText } from "../files.js";
import { finishRun } from "../finish.js";
import { addTokenizeFlags, addTrainingFlags, type TokenizeFlags, type TrainingFlags } from "../flags.js";
import { checkAllParallel, holdOut, type SplitText } from "../held-out.js";
import { alphaValue, langFiles, nameList, wholeNumber } from "../options.js";
import { applyCodes, countDictionary, indexLines, learnCodes, wordLines, type WordLines } from "../prepare.js";
import { duration } from "../progress.js";
import { createRunFolder } from "../run-folder.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { settingsOf } from "../settings.js";
import { wordRules } from "../tokenize.js";
import { sourceOf, streamsOf, trainRun } from "../training.js";

interface QuickstartFlags extends CommonFlags, TrainingFlags, TokenizeFlags {
  langs?: string[];
  text?: string[];
  parallel?: boolean;
  heldOut?: number;
  merges: number;
  bpeAlpha: number | "uniform";
  maxSentences: number;
  out?: string;
}

/** What is learnt from: every language with its held-out part, and whether line k is the same sentence in all. */
interface Sources {
  readonly title: string;
  readonly texts: readonly SplitText[];
  readonly parallel: boolean;
}

function readSources(flags: QuickstartFlags): Sources {
  if (flags.text) {
    const texts = langFiles(flags.text, flags.langs).map(readText);
    const parallel = (flags.parallel ?? false) && texts.length > 1;
    if (parallel) checkAllParallel(texts);
    const split = texts.map((text) => holdOut(text, flags.heldOut));
    return { title: `XLM: ${texts.map(({ lang }) => lang).join(", ")}`, texts: split, parallel };
  }
  const langs = flags.langs ?? BIBLE_LANGS;
  const unknown = langs.find((lang) => !BIBLE_LANGS.includes(lang));
  if (unknown !== undefined) {
    throw new OptionError({
      what: `there is no text in ${unknown}`,
      why: `the text that comes with quickstart is in ${BIBLE_LANGS.join(" and ")}`,
      fix: `name your own files: --langs ${langs.join(",")} --text ${langs.map((lang) => `${lang}.txt`).join(" ")}`,
    });
  }
  return { title: "XLM on the Bible, English and Spanish", texts: langs.map(readBible), parallel: langs.length > 1 };
}

/** Learns codes, counts the vocabulary and turns all text into ids. */
function prepare(session: Session, flags: QuickstartFlags, { texts, parallel }: Sources): DataSet {
  const rules = wordRules(flags);
  const words = (split: "train" | "test"): WordLines[] =>
    texts.map((text) => wordLines({ lang: text.lang, lines: text[split] }, rules));
  const train = words("train");
  const codes = learnCodes(train, streamsOf(flags.seed).codes, {
    nMerges: flags.merges,
    alpha: flags.bpeAlpha,
    progress: session.progress,
  });
  const bpe = createBpe(codes);
  const split = {
    train: train.map(({ lines }) => applyCodes(bpe, lines)),
    test: words("test").map(({ lines }) => applyCodes(bpe, lines)),
  };
  const { dictionary, file: vocab } = countDictionary(split.train);
  const mono = (["train", "test"] as const).flatMap((name) =>
    texts.map(({ lang, file }, i): MonoText => ({
      split: name,
      lang,
      corpus: indexLines(split[name][i] as string[], dictionary, file),
    })),
  );
  const pairs = parallel ? allPairs(mono) : [];
  return { ...rules, splitUnknown: false, codes, vocab, dictionary, mono, pairs };
}

/** Every two languages of each split. */
const allPairs = (mono: readonly MonoText[]): PairText[] =>
  mono.flatMap((a, i) =>
    mono
      .slice(i + 1)
      .filter((b) => b.split === a.split)
      .map((b): PairText => ({ split: a.split, langs: [a.lang, b.lang], sides: [a.corpus, b.corpus] })),
  );

async function quickstart(session: Session, flags: QuickstartFlags): Promise<void> {
  const began = performance.now();
  const out = flags.out ?? freeName(path.join("runs", "quickstart"));
  checkAbsent(out, "--out");
  const sources = readSources(flags);
  const lines = sources.texts.reduce((sum, { train }) => sum + train.length, 0);
  session.say(`${sources.title}: ${lines.toLocaleString("en-US")} lines to train on`);
  if (!sources.parallel && sources.texts.length > 1) {
    session.say("No parallel text (--parallel): masked language modelling alone, and no search for translations.");
  }
  const data = prepare(session, flags, sources);
  const settings = settingsOf(flags, data, {
    title: sources.title,
    langs: sources.texts.map(({ lang }) => lang),
    data: ["data"],
    facts: [
      ["BPE", `${flags.merges.toLocaleString("en-US")} merges, mixture alpha ${flags.bpeAlpha}`],
      ["Lines to train on", lines.toLocaleString("en-US")],
    ],
  });
  sourceOf(settings, data); // whatever does not fit together shows before a file is written
  await startBackend(flags.backend, flags);
  writeDataFolder(path.join(out, "data"), data);
  createRunFolder(out, settings, data);
  session.say(`Vocabulary of ${data.dictionary.size.toLocaleString("en-US")} subwords; the run is kept in ${out}`);
  await trainRun(session, out, settings, { resume: false, maxSentences: flags.maxSentences });
  finishRun(session, out, settings);
  session.say(`in ${duration((performance.now() - began) / 1000)}`);
}

export function addQuickstart(program: Command, run: Runner): void {
  const command = program
    .command("quickstart")
    .description("from text to a small trained model and a report, in one go")
    .option("--langs <names>", "languages (default: en,es)", nameList)
    .option(
      "--text <files...>",
      "your own text, one file a language: in the order of --langs, or LANG=FILE (default: Bible verses)",
    )
    .option("--parallel", "line k of every file is the same sentence: adds translation language modelling")
    .option("--held-out <n>", "lines kept for scoring (default: one in twenty, 500 at most)", wholeNumber(1))
    .option("--merges <n>", "BPE merges", wholeNumber(1), 2000)
    .option("--bpe-alpha <a>", "exponent of the mixture that BPE is learnt on, or uniform", alphaValue, 0.5)
    .option("--max-sentences <n>", "held-out sentences of each language to score", wholeNumber(1), 1000)
    .option("--out <dir>", "run folder (default: runs/quickstart, or the next free number)");
  addTrainingFlags(addTokenizeFlags(command, "simple"), {
    seed: 1,
    steps: 3000,
    saveEvery: 500,
    alpha: 0.7,
    batch: 64,
    seq: 32,
    maxWords: 30,
    layers: 1,
    dim: 192,
    hidden: 192,
    heads: 1,
    attentionGain: 4,
    maxLen: 256,
    dropout: 0,
    lr: 0.007,
    warmup: 200,
    clip: 5,
    accumulate: 1,
    predictProb: 0.15,
    maskKeepRand: [0.8, 0.1, 0.1],
    sampleAlpha: 0,
  });
  run(command, (session, flags: QuickstartFlags) => quickstart(session, flags));
}
