import { MismatchError, OptionError } from "@xlm/core";
import type { OptimizerState } from "./update.js";
import type { TensorOptimizer } from "./tensor-optimizer.js";

/**
 * Several optimisers as one, each for parameters of its own: a pretrained encoder and a new head that learn at different rates (`--optimizer_e`,
 * `--optimizer_p` of the original's glue-xnli.py), or a model of which some layers stay as they are.
 *
 * An update moves all of them; the rate and the settings it tells are the first one's. `state()` has the averages of all; `ownState` gives each
 * its own to resume from.
 * @param optimizers disposed with the joined one.
 * @throws OptionError (`XLM_OPTION`) for none, or two that move the same parameter; MismatchError (`XLM_MISMATCH`) for
 *   different numbers of finished updates.
 * @example
 * const adam = (lr: number, names: string[]) =>
 *   createTensorOptimizer(parseOptimizer(`adam,lr=${lr}`), pick(model.params, names));
 * const optimizer = joinOptimizers([adam(0.0005, encoderNames), adam(0.002, headNames)]);
 */
export function joinOptimizers(optimizers: readonly TensorOptimizer[]): TensorOptimizer {
  const [first, ...others] = optimizers;
  if (!first) {
    throw new OptionError({
      what: "there are no optimisers to join",
      why: "nothing would move",
      fix: "pass at least one",
    });
  }
  const names = optimizers.flatMap((one) => one.names);
  checkDisjoint(names);
  const odd = others.find(({ nUpdates }) => nUpdates !== first.nUpdates);
  if (odd) {
    throw new MismatchError({
      what: `one optimiser has made ${first.nUpdates} updates and another ${odd.nUpdates}`,
      why: "joined, they make every update together",
      fix: "resume all of them from the same state, or start all of them afresh",
    });
  }
  return {
    optimizer: first.optimizer,
    names,
    get nUpdates() {
      return first.nUpdates;
    },
    get lr() {
      return first.lr;
    },
    update: async (grads, scale) => {
      for (const one of optimizers) await one.update(grads, scale);
    },
    state: async () => {
      const states: OptimizerState[] = [];
      for (const one of optimizers) states.push(await one.state());
      const params = Object.fromEntries(states.flatMap((state) => Object.entries(state.params)));
      return { nUpdates: first.nUpdates, params };
    },
    dispose: () => {
      for (const one of optimizers) one.dispose();
    },
  };
}

/**
 * The part of a joined optimiser's state that belongs to some parameters: what `createTensorOptimizer` goes on from.
 * @param params the parameters of one of the joined, by name.
 */
export function ownState(state: OptimizerState, params: Readonly<Record<string, unknown>>): OptimizerState {
  const own = Object.entries(state.params).filter(([name]) => Object.hasOwn(params, name));
  return { nUpdates: state.nUpdates, params: Object.fromEntries(own) };
}

function checkDisjoint(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new OptionError({
    what: `two optimisers move ${JSON.stringify(twice)}`,
    why: "every update would move it twice",
    fix: "bind each parameter to one of them",
  });
}
