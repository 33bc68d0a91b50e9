import { OptionError } from "@xlm/core";
import { parseOptimizer } from "@xlm/trainer";
import { completeConfig } from "@xlm/transformer";
import { checkBackend } from "./backends.js";
import { pickRules, type DataSet, type TextRules } from "./data-folder.js";
import type { TrainingFlags } from "./flags.js";
import type { RunSettings } from "./run-folder.js";

const OBJECTIVES: readonly string[] = ["mlm", "tlm", "clm", "pc"];
type Objective = RunSettings["pretraining"]["objectives"][number];

/** Names of objectives, checked. */
function objectivesOf(names: readonly string[] | undefined, hasPairs: boolean): Objective[] {
  if (names === undefined) return hasPairs ? ["mlm", "tlm"] : ["mlm"];
  const unknown = names.find((name) => !OBJECTIVES.includes(name));
  if (unknown === undefined) return names as Objective[];
  throw new OptionError({
    what: `there is no objective ${JSON.stringify(unknown)}`,
    why: "--objectives says what the model learns to do",
    fix: `use ${OBJECTIVES.join(", ")}, with commas between`,
  });
}

/** `--optimizer`, or Adam with a warm-up and then half a cosine down to nothing at the last step. */
function optimizerOf({ optimizer, lr, warmup, steps }: TrainingFlags): string {
  const up = Math.max(1, Math.min(warmup, steps - 1));
  const spec = `adam_cosine,lr=${lr},warmup_updates=${up},warmup_init_lr=0,init_period=${Math.max(1, steps - up)},min_lr=0,beta2=0.98`;
  const chosen = optimizer ?? spec;
  parseOptimizer(chosen);
  return chosen;
}

/** Turns flags into the settings of a run, and checks every one that can be checked before text is touched. */
export function settingsOf(
  flags: TrainingFlags,
  data: Pick<DataSet, "dictionary" | keyof TextRules | "pairs">,
  run: { title: string; langs: readonly string[]; data: string[]; facts: [string, string][] },
): RunSettings {
  checkBackend(flags.backend);
  if (!(flags.clip >= 0)) {
    throw new OptionError({
      what: `--clip is ${flags.clip}`,
      why: "gradients are scaled down to at most this length",
      fix: "use a number above 0, or 0 for no clipping",
    });
  }
  if (!(flags.attentionGain > 0)) {
    throw new OptionError({
      what: `--attention-gain is ${flags.attentionGain}`,
      why: "projections are multiplied by it before training",
      fix: "use a number above 0; 1 is the published start",
    });
  }
  const model = completeConfig({
    vocabSize: data.dictionary.size,
    nLangs: run.langs.length,
    embDim: flags.dim,
    ...(flags.hidden === undefined ? {} : { hiddenDim: flags.hidden }),
    nLayers: flags.layers,
    nHeads: flags.heads,
    maxLen: flags.maxLen,
    dropout: flags.dropout,
    attentionDropout: flags.dropout,
    padId: data.dictionary.padId,
  });
  return {
    format: "xlm-run",
    version: 1,
    title: run.title,
    seed: flags.seed,
    backend: flags.backend,
    deterministic: flags.deterministic ?? false,
    ...(flags.precision && { precision: flags.precision }),
    ...pickRules(data),
    langs: [...run.langs].sort(),
    data: run.data,
    steps: flags.steps,
    saveEvery: flags.saveEvery,
    model: { ...model },
    attentionGain: flags.attentionGain,
    optimizer: optimizerOf(flags),
    clip: flags.clip,
    accumulate: flags.accumulate,
    pretraining: {
      objectives: objectivesOf(
        flags.objectives,
        data.pairs.some(({ split }) => split === "train"),
      ),
      alpha: flags.alpha,
      batchSize: flags.batch,
      seqLen: flags.seq,
      tokensPerBatch: flags.tokensPerBatch ?? null,
      maxWords: flags.maxWords,
      predictProb: flags.predictProb,
      maskKeepRand: flags.maskKeepRand as [number, number, number],
      sampleAlpha: flags.sampleAlpha,
    },
    facts: run.facts,
  };
}
