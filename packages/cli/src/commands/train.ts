import path from "node:path";
import type { Command } from "commander";
import { DataError, OptionError } from "@xlm/core";
import { listCheckpoints } from "@xlm/checkpoint";
import { startBackend } from "../backends.js";
import { joinDataFolders } from "../data-folder.js";
import { checkAbsent } from "../files.js";
import { finishRun } from "../finish.js";
import { addTrainingFlags, type TrainingFlags } from "../flags.js";
import { nameList, wholeNumber } from "../options.js";
import { CHECKPOINTS, createRunFolder, readRunSettings, type RunSettings } from "../run-folder.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { settingsOf } from "../settings.js";
import { sourceOf, trainRun } from "../training.js";

interface TrainFlags extends CommonFlags, TrainingFlags {
  data?: string[];
  langs?: string[];
  out: string;
  resume?: boolean;
  maxSentences: number;
}

/** Sets up a new run folder; nothing is written before everything fits together. */
function startRun(flags: TrainFlags): RunSettings {
  if (!flags.data) {
    throw new OptionError({
      what: "there is no --data",
      why: "a new run needs binarised text",
      fix: "name a folder made by xlm binarize, or continue a run with --resume",
    });
  }
  checkAbsent(flags.out, "--out (or continue it with --resume)");
  const data = joinDataFolders(flags.data);
  const langs = flags.langs ?? [
    ...new Set([...data.mono.map(({ lang }) => lang), ...data.pairs.flatMap((pair) => pair.langs)]),
  ];
  const settings = settingsOf(flags, data, {
    title: `XLM: ${[...langs].sort().join(", ")}`,
    langs,
    data: flags.data.map((folder) => path.relative(path.resolve(flags.out), path.resolve(folder))),
    facts: [],
  });
  sourceOf(settings, data);
  createRunFolder(flags.out, settings, data);
  return settings;
}

/** Reads the settings of a run to go on with; `--backend` and `--threads` alone may change. */
function resumeRun(flags: TrainFlags, given: ReadonlySet<string>): RunSettings {
  const settings = readRunSettings(flags.out);
  const fixed = [...given].filter(
    (name) => !["out", "resume", "json", "progress", "debug", "backend", "threads", "maxSentences"].includes(name),
  );
  if (fixed.length > 0) {
    throw new OptionError({
      what: `--resume is given together with ${fixed.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).join(", ")}`,
      why: "a resumed run goes on as it was begun, to the same last step",
      fix: "leave those out, or start a new run",
    });
  }
  if (listCheckpoints(path.join(flags.out, CHECKPOINTS)).length === 0) {
    throw new DataError({
      what: "the run has no checkpoint yet",
      why: "it was stopped before its first step",
      fix: "move the folder away and start again",
      at: { file: flags.out },
    });
  }
  return given.has("backend") ? { ...settings, backend: flags.backend } : settings;
}

async function train(session: Session, flags: TrainFlags, given: ReadonlySet<string>): Promise<void> {
  const resume = flags.resume ?? false;
  const settings = resume ? resumeRun(flags, given) : startRun(flags);
  const { backend, deterministic, precision } = settings;
  await startBackend(backend, { threads: flags.threads, deterministic, precision });
  if (resume) session.say(`resuming ${flags.out}`);
  await trainRun(session, flags.out, settings, { resume, maxSentences: flags.maxSentences });
  finishRun(session, flags.out, settings);
}

export function addTrain(program: Command, run: Runner): void {
  const command = program
    .command("train")
    .description("pretrain a model on binarised text, or go on with a run")
    .option("--data <dirs...>", "folders of binarised text")
    .requiredOption("--out <dir>", "run folder")
    .option("--resume", "go on with the run in --out, from its newest checkpoint")
    .option("--langs <names>", "all languages of the model (default: those of the text)", nameList)
    .option("--max-sentences <n>", "held-out sentences of each language to score", wholeNumber(1), 1000);
  addTrainingFlags(command, {
    seed: 1,
    steps: 10_000,
    saveEvery: 500,
    alpha: 0.7,
    batch: 64,
    seq: 256,
    maxWords: 100,
    layers: 4,
    dim: 256,
    heads: 4,
    attentionGain: 1,
    maxLen: 512,
    dropout: 0.1,
    lr: 0.0005,
    warmup: 1000,
    clip: 5,
    accumulate: 1,
    predictProb: 0.15,
    maskKeepRand: [0.8, 0.1, 0.1],
    sampleAlpha: 0,
  });
  run(command, (session, flags: TrainFlags) => {
    const given = new Set(Object.keys(flags).filter((name) => command.getOptionValueSource(name) === "cli"));
    return train(session, flags, given);
  });
}
