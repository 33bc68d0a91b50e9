import path from "node:path";
import type { Command } from "commander";
import { DataError } from "@xlm/core";
import { checkParallel } from "@xlm/data";
import { startBackend } from "../backends.js";
import { joinDataFolders, type MonoText, type PairText } from "../data-folder.js";
import { readText } from "../files.js";
import { addBackendFlags, type BackendFlags } from "../flags.js";
import { langFiles, pairFiles, wholeNumber } from "../options.js";
import { percent, ppl, table } from "../output.js";
import { openRun, type TextReader } from "../reader.js";
import type { Scores } from "../report/data.js";
import { scoreAll } from "../scoring.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { heldOut } from "../training.js";

interface EvaluateFlags extends CommonFlags, BackendFlags {
  run: string;
  text?: string[];
  pair?: string[];
  truncate?: boolean;
  maxSentences: number;
}

interface Sources {
  readonly mono: readonly MonoText[];
  readonly pairs: readonly PairText[];
}

/** Files named on the command line, read before the model is loaded. */
function givenTexts(flags: EvaluateFlags): ((reader: TextReader) => Sources) | undefined {
  if (!flags.text && !flags.pair) return undefined;
  const mono = langFiles(flags.text ?? []).map(readText);
  const pairs = (flags.pair ?? []).map(pairFiles).map(([a, b]) => [readText(a), readText(b)] as const);
  for (const [a, b] of pairs) checkParallel(a, b);
  const options = { truncate: flags.truncate ?? false };
  return (reader) => ({
    mono: mono.map((text) => ({ split: "given", lang: text.lang, corpus: reader.read(text, options) })),
    pairs: pairs.map(([a, b]) => ({
      split: "given",
      langs: [a.lang, b.lang],
      sides: [reader.read(a, options), reader.read(b, options)],
    })),
  });
}

function heldOutOf(dir: string, reader: TextReader): Sources {
  const held = heldOut(joinDataFolders(reader.settings.data.map((folder) => path.resolve(dir, folder))));
  if (held) return held;
  throw new DataError({
    what: "its data has no test or valid split",
    why: "a model is not scored on the text it was trained on",
    fix: "name text with --text LANG=FILE, or binarise some with --split test",
    at: { file: dir },
  });
}

function rowsOf({ langs, retrieval }: Scores): string {
  const rows = [["", "score", "by chance", "over"]];
  for (const { lang, perplexity, accuracy, targets } of langs) {
    rows.push([`${lang}  perplexity of hidden words`, ppl(perplexity), "", `${targets} targets`]);
    rows.push([`${lang}  hidden words guessed`, percent(accuracy), "", `${targets} targets`]);
  }
  for (const { from, to, accuracy, sentences } of retrieval) {
    rows.push([
      `${from} to ${to}  translation is the nearest`,
      percent(accuracy),
      percent(1 / sentences),
      `${sentences} sentences`,
    ]);
  }
  return table(rows);
}

async function evaluateRun(session: Session, flags: EvaluateFlags): Promise<void> {
  const given = givenTexts(flags);
  await startBackend(flags.backend, flags);
  const reader = openRun(flags.run);
  try {
    const texts = given ? given(reader) : heldOutOf(flags.run, reader);
    const scores = await scoreAll(reader, texts, { progress: session.progress, maxSentences: flags.maxSentences });
    session.result({ run: flags.run, step: reader.step, ...scores }, rowsOf(scores));
  } finally {
    reader.model.dispose();
  }
}

export function addEvaluate(program: Command, run: Runner): void {
  const command = program
    .command("evaluate")
    .description("score a model: hidden words, and translations found")
    .requiredOption("--run <dir>", "run folder")
    .option("--text <files...>", "text of one language each, LANG=FILE (default: the run's own test or valid split)")
    .option("--pair <files...>", "text parallel by line, for retrieval: en=FILE,fr=FILE")
    .option("--truncate", "cut lines longer than the model's positions")
    .option("--max-sentences <n>", "sentences of each text to score", wholeNumber(1), 1000);
  run(addBackendFlags(command), (session, flags: EvaluateFlags) => evaluateRun(session, flags));
}
