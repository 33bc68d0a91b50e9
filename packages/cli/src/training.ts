import path from "node:path";
import { createRng, MismatchError, type PredictionBatch, type Rng } from "@xlm/core";
import { maskingStats } from "@xlm/objectives";
import {
  clm,
  createTrainer,
  createTrainingData,
  loadTrainer,
  mlm,
  pc,
  saveTrainer,
  tlm,
  type BatchSource,
  type TrainerState,
  type TrainingBatch,
} from "@xlm/trainer";
import { createTransformer, initWeights, type Transformer, type TransformerConfig } from "@xlm/transformer";
import { joinDataFolders, type DataSet } from "./data-folder.js";
import { Interrupted } from "./exit.js";
import { createMetricsWriter, rewindMetrics } from "./metrics-file.js";
import type { Scores } from "./report/data.js";
import { CHECKPOINTS, METRICS, readRunVocabulary, recordModel, type RunSettings } from "./run-folder.js";
import { scoreAll, type Reader } from "./scoring.js";
import type { Session } from "./session.js";

/** Text that a run is scored on: `test` where there is some, else `valid`. */
export function heldOut({
  mono,
  pairs,
}: DataSet): { split: string; mono: DataSet["mono"]; pairs: DataSet["pairs"] } | undefined {
  for (const split of ["test", "valid"]) {
    const own = <T extends { split: string }>(texts: readonly T[]): T[] => texts.filter((text) => text.split === split);
    if (own(mono).length > 0) return { split, mono: own(mono), pairs: own(pairs) };
  }
  return undefined;
}

/** Makes the source of training batches that a run's settings describe. Checks all of them. */
export function sourceOf(settings: RunSettings, data: DataSet): BatchSource {
  const { objectives, predictProb, maskKeepRand, sampleAlpha, tokensPerBatch, ...rest } = settings.pretraining;
  const masking = { predictProb, maskKeepRand, sampleAlpha };
  const byName = { mlm: mlm(masking), tlm: tlm(masking), clm: clm(), pc: pc() };
  const train = data.mono.filter(({ split }) => split === "train");
  const pairs = data.pairs.filter(({ split }) => split === "train");
  return createTrainingData(
    {
      mono: Object.fromEntries(train.map(({ lang, corpus }) => [lang, corpus])),
      para: pairs.map(({ langs, sides }) => ({ langs, sides })),
    },
    data.dictionary,
    streamsOf(settings.seed).data,
    {
      ...rest,
      ...(tokensPerBatch === null ? {} : { tokensPerBatch }),
      steps: objectives.map((name) => ({ objective: byName[name] })),
      maxLen: (settings.model as unknown as TransformerConfig).maxLen,
      langs: settings.langs,
    },
  );
}

/** A source that remembers its last batch, so that what masking did can be counted. */
function watched(source: BatchSource): { source: BatchSource; last: () => TrainingBatch | undefined } {
  let last: TrainingBatch | undefined;
  return { source: { ...source, next: () => (last = source.next()) }, last: () => last };
}

/** One stream of chance for each part of a run, so that a change in one leaves the others as they were. */
export function streamsOf(seed: number): Readonly<Record<"codes" | "data" | "weights" | "dropout", Rng>> {
  const rng = createRng(seed);
  return { codes: rng.split(), data: rng.split(), weights: rng.split(), dropout: rng.split() };
}

const GAINED = /^attentions\.\d+\.(v_lin|out_lin)\.weight$/;

/**
 * The model of a run before its first step. With an `attentionGain` above 1 what attention gathers counts for more from the
 * start: published weights pass on so little of it that a narrow model needs many thousand updates before it looks around.
 */
export function freshModel({ model, seed, attentionGain }: RunSettings): Transformer {
  const config = model as unknown as TransformerConfig;
  const weights = initWeights(config, streamsOf(seed).weights);
  for (const [name, { data }] of Object.entries(weights)) {
    if (GAINED.test(name)) data.forEach((value, at) => (data[at] = value * attentionGain));
  }
  return createTransformer(config, { weights });
}

export interface TrainRunOptions {
  resume: boolean;
  /** Text scored before and after; none leaves scores out. */
  maxSentences: number;
}

/** What training came to. */
export interface TrainOutcome {
  readonly before: Scores | undefined;
  readonly after: Scores | undefined;
  readonly seconds: number;
  readonly tokens: number;
}

/**
 * Trains the run in `dir` up to its number of steps, from its newest checkpoint when there is one, and scores it before and
 * after on held-out text.
 * @throws Interrupted when told to stop, with everything saved; DivergenceError with the last checkpoint in place.
 */
export async function trainRun(
  session: Session,
  dir: string,
  settings: RunSettings,
  options: TrainRunOptions,
): Promise<TrainOutcome> {
  const data = joinDataFolders(settings.data.map((folder) => path.resolve(dir, folder)));
  checkSameVocabulary(dir, data);
  const { source, last } = watched(sourceOf(settings, data));
  const checkpoints = path.join(dir, CHECKPOINTS);
  const metrics = path.join(dir, METRICS);
  const resumed: TrainerState | undefined = options.resume ? loadTrainer(checkpoints).state : undefined;
  const model = freshModel(settings);
  const trainer = createTrainer(model, source, streamsOf(settings.seed).dropout, {
    optimizer: settings.optimizer,
    clip: settings.clip,
    accumulate: settings.accumulate,
    ...(resumed && { resume: resumed }),
  });
  try {
    if (resumed) rewindMetrics(metrics, trainer.counters.updates);
    const writer = createMetricsWriter(metrics);
    const reader: Reader = { model, dictionary: data.dictionary, langs: settings.langs };
    const held = heldOut(data);
    const score = async (): Promise<Scores | undefined> => {
      if (!held) return undefined;
      const scores = await scoreAll(reader, held, { progress: session.progress, maxSentences: options.maxSentences });
      writer.write({ kind: "scores", step: trainer.counters.updates, split: held.split, ...scores });
      writer.flush();
      return scores;
    };
    const save = (state: TrainerState): void => {
      writer.flush();
      saveTrainer(checkpoints, state);
    };

    // At step 0 a checkpoint is saved too: from here on an interruption can be resumed.
    if (!resumed) save(await trainer.state());
    const before = resumed ? undefined : await score();

    const began = performance.now();
    const tokensBefore = trainer.counters.tokens;
    const bar = session.progress("Training", settings.steps, "steps");
    const done = trainer.counters.updates;
    const losses = new Map<string, number>();
    const outcome = await trainer.train(settings.steps - done, {
      signal: session.io.signal,
      save,
      saveEvery: settings.saveEvery,
      onStep: ({
        update,
        objective,
        langs,
        loss,
        lr,
        gradNorm,
        nTokens,
        nSentences,
        seconds,
        tokensPerSecond,
        updated,
      }) => {
        if (!updated) return;
        const part = last();
        const masks = part && ["mlm", "tlm"].includes(part.objective.name);
        writer.write({
          kind: "step",
          step: update,
          ...{ objective, langs, loss, lr, gradNorm },
          ...{ tokens: nTokens, sentences: nSentences, seconds, tokensPerSecond },
          ...(masks && { masking: maskingStats(part.batch as PredictionBatch, data.dictionary) }),
        });
        losses.set(objective, 0.95 * (losses.get(objective) ?? loss) + 0.05 * loss);
        bar.update(update, [...losses].map(([name, value]) => `${name} ${value.toFixed(2)}`).join("  "));
      },
    });
    bar.stop();
    if (outcome === "aborted") {
      throw new Interrupted(
        `step ${trainer.counters.updates} of ${settings.steps} is saved. To go on: xlm train --out ${dir} --resume`,
      );
    }
    const seconds = (performance.now() - began) / 1000;
    const after = await score();
    recordModel(dir);
    return { before, after, seconds, tokens: trainer.counters.tokens - tokensBefore };
  } finally {
    trainer.dispose();
    model.dispose();
  }
}

function checkSameVocabulary(dir: string, data: DataSet): void {
  const { codes, vocab } = readRunVocabulary(dir);
  if (Buffer.from(data.codes).equals(codes) && Buffer.from(data.vocab).equals(vocab)) return;
  throw new MismatchError({
    what: "its codes or vocabulary are not those of the binarised text",
    why: "the model's embeddings belong to one vocabulary",
    fix: "train on text binarised with the codes and vocab of the run folder, or start a new run",
    at: { file: dir },
  });
}
