import { ShapeError } from "@xlm/core";
import type { Optimizer } from "./optimizer.js";
import { slotNames, slotStart, updateInto, type ParamState, type Reals } from "./rules.js";
import { learningRate } from "./schedule.js";

/** What an optimiser remembers: a plain value, to be kept with the weights. */
export interface OptimizerState {
  /** Finished updates; what the schedule goes by. */
  readonly nUpdates: number;
  readonly params: Readonly<Record<string, ParamState>>;
}

const sameKind = <R extends Reals>(like: R, fill: number): R => like.map(() => fill) as R;

/** The state before the first update. The averages have the precision of the parameters. */
export function initOptimizer(optimizer: Optimizer, params: Readonly<Record<string, Reals>>): OptimizerState {
  const { rule, schedule } = optimizer;
  const lr = learningRate(schedule, 0);
  const start = (param: Reals): ParamState => ({
    step: 0,
    slots: Object.fromEntries(slotNames(rule).map((slot) => [slot, sameKind(param, slotStart(rule, slot, lr))])),
  });
  return { nUpdates: 0, params: Object.fromEntries(Object.entries(params).map(([name, p]) => [name, start(p)])) };
}

/**
 * One update of all parameters over plain arrays: the reference for every other way of doing it.
 * A parameter without a gradient is left as it is, its state too.
 * @returns new parameters and state; what came in is left untouched. `lr` is the learning rate that was used.
 * @throws ShapeError when a gradient is not as long as its parameter.
 */
export function updateParams<P extends Readonly<Record<string, Reals>>>(
  optimizer: Optimizer,
  state: OptimizerState,
  params: P,
  grads: Readonly<Partial<Record<string, Reals>>>,
): { params: P; state: OptimizerState; lr: number } {
  const lr = learningRate(optimizer.schedule, state.nUpdates);
  const nextParams: Record<string, Reals> = { ...params };
  const nextStates: Record<string, ParamState> = { ...state.params };
  for (const [name, param] of Object.entries(params)) {
    const grad = grads[name];
    const before = state.params[name];
    if (grad === undefined) continue;
    if (grad.length !== param.length || before === undefined) {
      throw new ShapeError({
        what: `parameter ${JSON.stringify(name)} has ${param.length} numbers, its gradient ${grad.length}${before ? "" : ", and the optimiser does not know it"}`,
        why: "every number is moved by its own gradient",
        fix: "pass the parameters that initOptimizer was given, with gradients of the same sizes",
      });
    }
    const updated = param.slice();
    const slots = Object.fromEntries(Object.entries(before.slots).map(([slot, values]) => [slot, values.slice()]));
    const step = before.step + 1;
    updateInto(optimizer.rule, lr, step, updated, grad, slots);
    nextParams[name] = updated;
    nextStates[name] = { step, slots };
  }
  return { params: nextParams as P, state: { nUpdates: state.nUpdates + 1, params: nextStates }, lr };
}
