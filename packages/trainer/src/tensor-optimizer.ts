import * as tf from "@tensorflow/tfjs-core";
import { MismatchError } from "@xlm/core";
import { adamUpdate } from "@xlm/kernels";
import type { AdamRule, Optimizer } from "./optimizer.js";
import { slotNames, slotStart, updateInto, type ParamState } from "./rules.js";
import { learningRate } from "./schedule.js";
import type { OptimizerState } from "./update.js";
import { launchesOf } from "./launches.js";

/** An optimiser bound to the variables it moves. Whoever made it disposes it (the variables stay). */
export interface TensorOptimizer {
  readonly optimizer: Optimizer;
  /** Of the parameters it moves. */
  readonly names: readonly string[];
  readonly nUpdates: number;
  /** The learning rate of the next update. */
  readonly lr: number;
  /**
   * One update of the variables that have a gradient; the others are left as they are.
   * @param grads by the parameters' names; the caller's to dispose.
   * @param scale all gradients are multiplied by it first (clipping). @default 1
   */
  update(grads: Readonly<Record<string, tf.Tensor>>, scale?: number): Promise<void>;
  /** What it remembers, copied into plain arrays. */
  state(): Promise<OptimizerState>;
  dispose(): void;
}

/**
 * Binds an optimiser to variables on whichever backend they live.
 *
 * The Adam kinds are one kernel over all parameters, their averages staying on the device. The others fetch parameter and
 * gradient, use the typed-array rule and send the result back: exact on every backend, and slow where that copy is.
 *
 * A parameter without a gradient in a step is skipped, as PyTorch skips `grad=None`.
 * `Differs:` PyTorch 1.13 sets gradients to zero between steps, so there a parameter that had one before and has none now
 * still follows its momentum; it matters only when objectives with different parameters take turns (PC beside MLM).
 * @param params variables by name; those not trainable are left alone.
 * @param state where to go on; without it, from the beginning.
 * @throws MismatchError (`XLM_MISMATCH`) for a state of other parameters, or of another kind of optimiser.
 */
export function createTensorOptimizer(
  optimizer: Optimizer,
  params: Readonly<Record<string, tf.Variable>>,
  state?: OptimizerState,
): TensorOptimizer {
  const trained = Object.entries(params).filter(([, variable]) => variable.trainable);
  if (state) checkState(optimizer, trained, state);
  const store = optimizer.rule.kind === "adam" ? deviceStore(optimizer.rule) : hostStore(optimizer);
  for (const [name, variable] of trained) store.add(name, variable, state?.params[name]);
  let nUpdates = state?.nUpdates ?? 0;
  return {
    optimizer,
    names: trained.map(([name]) => name),
    get nUpdates() {
      return nUpdates;
    },
    get lr() {
      return learningRate(optimizer.schedule, nUpdates);
    },
    update: async (grads, scale = 1) => {
      const moved = trained.filter(([name]) => grads[name] !== undefined).map(([name]) => name);
      await store.update(moved, grads, learningRate(optimizer.schedule, nUpdates), scale);
      nUpdates++;
    },
    state: async () => {
      const states: Record<string, ParamState> = {};
      for (const [name] of trained) states[name] = await store.read(name);
      return { nUpdates, params: states };
    },
    dispose: () => store.dispose(),
  };
}

/** Where the averages live, and how an update is done there. */
interface Store {
  add(name: string, variable: tf.Variable, state: ParamState | undefined): void;
  update(names: string[], grads: Readonly<Record<string, tf.Tensor>>, lr: number, scale: number): Promise<void>;
  read(name: string): Promise<ParamState>;
  dispose(): void;
}

/** Elements that are updated in one launch, unless a single parameter has more: old and new are in memory together. */
const LAUNCH = 2 ** 25;

function deviceStore({ beta1, beta2, eps, weightDecay }: AdamRule): Store {
  interface Entry {
    variable: tf.Variable;
    mean: tf.Tensor;
    square: tf.Tensor;
    step: number;
  }
  const entries = new Map<string, Entry>();
  const entryOf = (name: string): Entry => entries.get(name) as Entry;
  return {
    add: (name, variable, state) => {
      const average = (slot: string): tf.Tensor => {
        const values = state?.slots[slot];
        return values ? tf.tensor(Float32Array.from(values), variable.shape) : tf.zeros(variable.shape);
      };
      entries.set(name, { variable, mean: average("mean"), square: average("square"), step: state?.step ?? 0 });
    },
    update: (names, grads, lr, scale) => {
      for (const group of launchesOf(names, (name) => [entryOf(name).step, entryOf(name).variable.size], LAUNCH)) {
        const all = group.map(entryOf);
        const { step } = all[0] as Entry;
        const options = { lr, beta1, beta2, eps, weightDecay, step: step + 1 };
        const factor = scale === 1 ? undefined : tf.scalar(scale);
        const next = adamUpdate(
          all.map(({ variable }) => variable),
          group.map((name) => grads[name] as tf.Tensor),
          all.map(({ mean }) => mean),
          all.map(({ square }) => square),
          options,
          factor,
        );
        factor?.dispose();
        all.forEach((entry, i) => {
          entry.variable.assign(next.params[i] as tf.Tensor);
          tf.dispose([next.params[i], entry.mean, entry.square]);
          entry.mean = next.m[i] as tf.Tensor;
          entry.square = next.v[i] as tf.Tensor;
          entry.step = step + 1;
        });
      }
      return Promise.resolve();
    },
    read: async (name) => {
      const { mean, square, step } = entryOf(name);
      return { step, slots: { mean: await copied(mean), square: await copied(square) } };
    },
    dispose: () => {
      for (const { mean, square } of entries.values()) tf.dispose([mean, square]);
      entries.clear();
    },
  };
}

function hostStore({ rule, schedule }: Optimizer): Store {
  const entries = new Map<string, { variable: tf.Variable; slots: Record<string, Float32Array>; step: number }>();
  return {
    add: (name, variable, state) => {
      const slots: Record<string, Float32Array> = {};
      for (const slot of slotNames(rule)) {
        const values = state?.slots[slot];
        const start = slotStart(rule, slot, learningRate(schedule, 0));
        slots[slot] = values ? Float32Array.from(values) : new Float32Array(variable.size).fill(start);
      }
      entries.set(name, { variable, slots, step: state?.step ?? 0 });
    },
    update: async (names, grads, lr, scale) => {
      for (const name of names) {
        const entry = entries.get(name) as NonNullable<ReturnType<typeof entries.get>>;
        const param = await copied(entry.variable);
        const grad = await copied(grads[name] as tf.Tensor);
        if (scale !== 1) grad.forEach((g, i) => (grad[i] = g * scale));
        updateInto(rule, lr, ++entry.step, param, grad, entry.slots);
        const next = tf.tensor(param, entry.variable.shape);
        entry.variable.assign(next);
        next.dispose();
      }
    },
    read: (name) => {
      const { slots, step } = entries.get(name) as NonNullable<ReturnType<typeof entries.get>>;
      const copies = Object.entries(slots).map(([slot, values]) => [slot, values.slice()] as const);
      return Promise.resolve({ step, slots: Object.fromEntries(copies) });
    },
    dispose: () => entries.clear(),
  };
}

// Some backends hand out the very array they keep.
const copied = async (tensor: tf.Tensor): Promise<Float32Array> => Float32Array.from(await tensor.data());

function checkState(optimizer: Optimizer, trained: [string, tf.Variable][], state: OptimizerState): void {
  const slots = slotNames(optimizer.rule);
  const fits = ([name, variable]: [string, tf.Variable]): boolean =>
    slots.every((slot) => state.params[name]?.slots[slot]?.length === variable.size);
  const stranger = trained.find((entry) => !fits(entry))?.[0];
  if (stranger === undefined && Object.keys(state.params).length === trained.length) return;
  throw new MismatchError({
    what: stranger
      ? `the saved optimiser has no ${slots.join(" and ")} of the right size for ${JSON.stringify(stranger)}`
      : `the saved optimiser knows ${Object.keys(state.params).length} parameters and the model trains ${trained.length}`,
    why: "an optimiser goes on from the averages of the very parameters it moves",
    fix: "resume with the model and optimiser of the saved run, or start the optimiser afresh",
  });
}
