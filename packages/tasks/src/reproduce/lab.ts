import { breathe, checkInt, type Rng, type TensorData } from "@xlm/core";
import {
  createTrainer,
  initSelection,
  parseMetrics,
  updateSelection,
  type BatchSource,
  type Counters,
  type SavedModel,
  type Selection,
  type TrainerOptions,
  type TrainerState,
} from "@xlm/trainer";
import { exportWeights, type Trainable } from "@xlm/transformer";

/** Scores by name. */
export type Scores = Readonly<Record<string, number>>;

/** A point of a learning curve. */
export interface CurvePoint {
  readonly update: number;
  /** Mean training loss, nats a target, by objective, since the point before. */
  readonly losses: Scores;
  /** What `evaluate` found here. */
  readonly scores: Scores;
}

/** A model to be trained. */
export interface Training<M extends Trainable = Trainable> {
  /** Makes model, text and optimiser as they are before the first update; only called when there is work left. */
  readonly make: () => {
    readonly model: M;
    readonly data: BatchSource;
    readonly rng: Rng;
    readonly options: Omit<TrainerOptions, "resume">;
  };
  readonly updates: number;
  /** Updates between two points of the curve. @default a tenth of `updates` */
  readonly every?: number;
  /** Scores the model at every point of the curve. */
  readonly evaluate?: (model: M) => Promise<Scores>;
  /** The score that the model is chosen by, as `parseMetrics` reads it: `"_valid_ppl"`. @default none: the last one */
  readonly select?: string;
}

/** A trained model. */
export interface Trained {
  readonly weights: Readonly<Record<string, TensorData<"F32">>>;
  readonly counters: Counters;
  readonly curve: readonly CurvePoint[];
  /** The update whose weights these are. */
  readonly chosen: number;
}

/** What a stage of training has come to, without the weights. */
export interface TrainingRecord {
  readonly name: string;
  readonly updates: number;
  /** The update whose weights were chosen. */
  readonly chosen: number;
  /** Tokens read, and predictions learnt from. */
  readonly tokens: number;
  readonly targets: number;
  readonly curve: readonly CurvePoint[];
}

/** Where a lab keeps what it has done: in memory, or in a folder. Names are paths of letters, digits, `-` and `/`. */
export interface LabStore {
  readJson(name: string): unknown;
  writeJson(name: string, value: unknown): void;
  readTrainer(name: string): TrainerState | undefined;
  writeTrainer(name: string, state: TrainerState): void;
  /** Forgets everything whose name begins with `name/`. */
  drop(name: string): void;
  readModel(name: string): SavedModel | undefined;
  writeModel(name: string, model: SavedModel): void;
}

/** What a lab tells on its way. */
export interface LabEvent {
  readonly stage: string;
  readonly update: number;
  readonly updates: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
}

export interface LabOptions {
  /** Stops at the next update, with everything saved. */
  readonly signal?: AbortSignal;
  readonly onStep?: (event: LabEvent) => void;
  /** Updates between two saves of a run under way. @default 200 */
  readonly saveEvery?: number;
}

/** Thrown when a lab was told to stop. What was done is kept, and done again by nobody. */
export class Stopped extends Error {
  constructor() {
    super("stopped as asked, with everything saved");
    this.name = "Stopped";
  }
}

/**
 * Does every named piece of work once: what was finished is read back, what was under way goes on to the bit, what is missing is done.
 */
export interface Lab {
  /** @throws Stopped when told to; DivergenceError (`XLM_DIVERGED`) and what `make` throws. */
  train<M extends Trainable>(name: string, training: Training<M>): Promise<Trained>;
  /** A result, plain JSON. @throws Stopped when told to. */
  measure<T>(name: string, compute: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** The trainings asked for since the last call, in order: finished now or before. */
  takeRecords(): TrainingRecord[];
}

interface Progress {
  readonly curve: readonly CurvePoint[];
  readonly selection: Selection;
  readonly chosen: number;
  /** Sums of losses since the last point of the curve, by objective. */
  readonly sums: Readonly<Record<string, { sum: number; n: number }>>;
}

/** Opens a lab on what `store` holds. */
export function createLab(store: LabStore, options: LabOptions = {}): Lab {
  const { signal = new AbortController().signal, onStep, saveEvery = 200 } = options;
  checkInt("saveEvery", saveEvery, 1);
  let records: TrainingRecord[] = [];
  const stopIfAsked = (): void => {
    if (signal.aborted) throw new Stopped();
  };

  const finished = (name: string): Trained | undefined => {
    const model = store.readModel(`${name}/model`);
    const progress = store.readJson(`${name}/curve`) as Progress | undefined;
    if (!model || !progress) return undefined;
    const { weights, counters } = model;
    return { weights, counters, curve: progress.curve, chosen: progress.chosen };
  };

  return {
    train: async (name, training) => {
      stopIfAsked();
      const done = finished(name) ?? (await trainOnce(store, name, training, { signal, onStep, saveEvery }));
      const { updates, tokens, targets } = done.counters;
      records.push({ name, updates, chosen: done.chosen, tokens, targets, curve: done.curve });
      return done;
    },
    measure: async (name, compute) => {
      const known = store.readJson(name);
      if (known !== undefined) return known as Awaited<ReturnType<typeof compute>>;
      stopIfAsked();
      let value: Awaited<ReturnType<typeof compute>>;
      try {
        value = await compute(signal);
      } catch (error) {
        stopIfAsked(); // what an aborted computation throws is no error
        throw error;
      }
      store.writeJson(name, value);
      return value;
    },
    takeRecords: () => {
      const taken = records;
      records = [];
      return taken;
    },
  };
}

async function trainOnce<M extends Trainable>(
  store: LabStore,
  name: string,
  training: Training<M>,
  { signal, onStep, saveEvery }: { signal: AbortSignal; onStep: LabOptions["onStep"]; saveEvery: number },
): Promise<Trained> {
  const { updates, every = Math.max(1, Math.floor(updates / 10)), evaluate, select } = training;
  checkInt("updates", updates, 1);
  checkInt("every", every, 1);
  const criteria = { metrics: select === undefined ? [] : parseMetrics(select) };
  const { model, data, rng, options } = training.make();
  const resume = store.readTrainer(`${name}/run/trainer`);
  const trainer = createTrainer(model, data, rng, { ...options, ...(resume && { resume }) });
  let progress: Progress = resume
    ? (store.readJson(`${name}/run/at-${trainer.counters.updates}`) as Progress)
    : { curve: [], selection: initSelection(), chosen: 0, sums: {} };
  const save = async (): Promise<void> => {
    store.writeJson(`${name}/run/at-${trainer.counters.updates}`, progress);
    store.writeTrainer(`${name}/run/trainer`, await trainer.state());
  };
  const kept = async (): Promise<SavedModel> => {
    const { settings, counters } = await trainer.state();
    return { weights: exportWeights(model), settings, counters };
  };
  try {
    while (trainer.counters.updates < updates) {
      const next = Math.min(updates, (Math.floor(trainer.counters.updates / every) + 1) * every);
      const nextSave = (Math.floor(trainer.counters.updates / saveEvery) + 1) * saveEvery;
      const sums = { ...progress.sums };
      const outcome = await trainer.train(Math.min(next, nextSave) - trainer.counters.updates, {
        signal,
        onStep: ({ objective, loss, update, updated, tokensPerSecond }) => {
          if (!updated) return;
          const before = sums[objective] ?? { sum: 0, n: 0 };
          sums[objective] = { sum: before.sum + loss, n: before.n + 1 };
          onStep?.({ stage: name, update, updates, loss, tokensPerSecond });
        },
      });
      progress = { ...progress, sums };
      const update = trainer.counters.updates;
      if (outcome === "done" && update === next) {
        const scores = (await evaluate?.(model)) ?? {};
        const means = Object.fromEntries(Object.entries(sums).map(([key, { sum, n }]) => [key, sum / n]));
        const { state, improved } = updateSelection(criteria, progress.selection, scores);
        const better = select === undefined || improved.length > 0;
        if (better && select !== undefined) store.writeModel(`${name}/run/best-${update}`, await kept());
        progress = {
          curve: [...progress.curve, { update, losses: means, scores }],
          selection: state,
          chosen: better ? update : progress.chosen,
          sums: {},
        };
      }
      if (signal.aborted) {
        await save();
        throw new Stopped();
      }
      if (update < updates && update % saveEvery === 0) await save();
      await breathe();
    }
    const last = await kept();
    const best = select === undefined ? last : (store.readModel(`${name}/run/best-${progress.chosen}`) ?? last);
    const result = { ...last, weights: best.weights };
    store.writeJson(`${name}/curve`, progress);
    store.writeModel(`${name}/model`, result);
    store.drop(`${name}/run`);
    return { weights: result.weights, counters: result.counters, curve: progress.curve, chosen: progress.chosen };
  } finally {
    trainer.dispose();
    model.dispose();
  }
}

/** Keeps everything in memory. */
export function memoryStore(): LabStore {
  const json = new Map<string, string>();
  const trainers = new Map<string, TrainerState>();
  const models = new Map<string, SavedModel>();
  return {
    readJson: (name) => {
      const text = json.get(name);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    writeJson: (name, value) => void json.set(name, JSON.stringify(value)),
    readTrainer: (name) => trainers.get(name),
    writeTrainer: (name, state) => void trainers.set(name, state),
    drop: (name) => {
      for (const map of [json, trainers, models]) {
        for (const key of [...map.keys()]) if (key.startsWith(`${name}/`)) map.delete(key);
      }
    },
    readModel: (name) => models.get(name),
    writeModel: (name, model) => void models.set(name, model),
  };
}
