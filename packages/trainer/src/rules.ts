import type { Rule } from "./optimizer.js";

/** Numbers of one parameter: weights, gradients or what an optimiser remembers of them. */
export type Reals = Float32Array | Float64Array;

/** What an update rule remembers of one parameter. */
export interface ParamState {
  /** Updates this parameter has had. */
  readonly step: number;
  /** Running averages by name, each as long as the parameter. */
  readonly slots: Readonly<Record<string, Reals>>;
}

const SLOTS: Record<Rule["kind"], readonly string[]> = {
  adam: ["mean", "square"],
  adadelta: ["square", "delta"],
  adagrad: ["square"],
  adamax: ["mean", "largest"],
  asgd: ["average"],
  rmsprop: ["square", "momentum", "mean"],
  rprop: ["gradient", "stepSize"],
  sgd: ["momentum"],
};

/** The running averages that `rule` keeps for each parameter, by name. */
export function slotNames(rule: Rule): readonly string[] {
  return SLOTS[rule.kind].filter((slot) => {
    if (rule.kind === "sgd") return rule.momentum !== 0;
    if (rule.kind === "rmsprop") return slot === "square" || (slot === "mean" ? rule.centered : rule.momentum > 0);
    return true;
  });
}

/** What a running average holds before the first update. */
export function slotStart(rule: Rule, slot: string, lr: number): number {
  if (rule.kind === "adagrad") return rule.initialAccumulatorValue;
  if (rule.kind === "rprop" && slot === "stepSize") return lr;
  return 0;
}

/**
 * One update of one parameter, in the precision of its arrays: `param` and `slots` are overwritten.
 * The formulas are those of PyTorch 1.13, and for `adam` those of XLM's src/optim.py.
 * With `eps` 0 a weight whose gradients were all zero becomes NaN, there as here.
 * @param lr the learning rate of this update.
 * @param step which update of this parameter it is, from 1.
 */
export function updateInto(
  rule: Rule,
  lr: number,
  step: number,
  param: Reals,
  grad: Reals,
  slots: Readonly<Record<string, Reals>>,
): void {
  const slot = (name: string): Reals => slots[name] as Reals;
  const decay = "weightDecay" in rule ? rule.weightDecay : 0;
  const at = (array: Reals, i: number): number => array[i] as number;
  const n = param.length;
  switch (rule.kind) {
    case "adam": {
      const [mean, square] = [slot("mean"), slot("square")];
      const { beta1, beta2, eps } = rule;
      const size = (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
      for (let i = 0; i < n; i++) {
        const g = at(grad, i);
        mean[i] = at(mean, i) * beta1 + (1 - beta1) * g;
        square[i] = at(square, i) * beta2 + (1 - beta2) * g * g;
        param[i] = at(param, i) * (1 - decay * lr);
        param[i] = at(param, i) - (size * at(mean, i)) / (Math.sqrt(at(square, i)) + eps);
      }
      return;
    }
    case "adadelta": {
      const [square, delta] = [slot("square"), slot("delta")];
      const { rho, eps } = rule;
      for (let i = 0; i < n; i++) {
        const g = at(grad, i) + decay * at(param, i);
        square[i] = at(square, i) * rho + (1 - rho) * g * g;
        const move = (Math.sqrt(at(delta, i) + eps) / Math.sqrt(at(square, i) + eps)) * g;
        delta[i] = at(delta, i) * rho + (1 - rho) * move * move;
        param[i] = at(param, i) - lr * move;
      }
      return;
    }
    case "adagrad": {
      const square = slot("square");
      const rate = lr / (1 + (step - 1) * rule.lrDecay);
      for (let i = 0; i < n; i++) {
        const g = at(grad, i) + decay * at(param, i);
        square[i] = at(square, i) + g * g;
        param[i] = at(param, i) - (rate * g) / (Math.sqrt(at(square, i)) + rule.eps);
      }
      return;
    }
    case "adamax": {
      const [mean, largest] = [slot("mean"), slot("largest")];
      const { beta1, beta2, eps } = rule;
      const rate = lr / (1 - beta1 ** step);
      for (let i = 0; i < n; i++) {
        const g = at(grad, i) + decay * at(param, i);
        mean[i] = at(mean, i) * beta1 + (1 - beta1) * g;
        largest[i] = Math.max(at(largest, i) * beta2, Math.abs(g) + eps);
        param[i] = at(param, i) - (rate * at(mean, i)) / at(largest, i);
      }
      return;
    }
    case "asgd": {
      const average = slot("average");
      // Step size and averaging weight are those settled after the update before; PyTorch keeps the two as float32.
      const eta = Math.fround(lr / (1 + rule.lambd * lr * (step - 1)) ** rule.alpha);
      const weight = Math.fround(1 / Math.max(1, step - 1 - rule.t0));
      for (let i = 0; i < n; i++) {
        const g = at(grad, i) + decay * at(param, i);
        param[i] = at(param, i) * (1 - rule.lambd * eta);
        param[i] = at(param, i) - eta * g;
        average[i] = weight === 1 ? at(param, i) : at(average, i) + (at(param, i) - at(average, i)) * weight;
      }
      return;
    }
    case "rmsprop": {
      const { alpha, eps, momentum, centered } = rule;
      const square = slot("square");
      for (let i = 0; i < n; i++) {
        const g = at(grad, i) + decay * at(param, i);
        square[i] = at(square, i) * alpha + (1 - alpha) * g * g;
        let spread = at(square, i);
        if (centered) {
          const mean = slot("mean");
          mean[i] = at(mean, i) * alpha + (1 - alpha) * g;
          spread -= at(mean, i) ** 2;
        }
        let move = g / (Math.sqrt(spread) + eps);
        if (momentum > 0) {
          const speed = slot("momentum");
          speed[i] = at(speed, i) * momentum + move;
          move = at(speed, i);
        }
        param[i] = at(param, i) - lr * move;
      }
      return;
    }
    case "rprop": {
      const [before, size] = [slot("gradient"), slot("stepSize")];
      for (let i = 0; i < n; i++) {
        const agreement = Math.sign(at(grad, i) * at(before, i));
        const factor = agreement > 0 ? rule.etaPlus : agreement < 0 ? rule.etaMinus : 1;
        size[i] = Math.min(rule.maxStep, Math.max(rule.minStep, at(size, i) * factor));
        const g = agreement < 0 ? 0 : at(grad, i); // after a change of sign the step is left out
        param[i] = at(param, i) - Math.sign(g) * at(size, i);
        before[i] = g;
      }
      return;
    }
    case "sgd": {
      const { momentum, dampening, nesterov } = rule;
      for (let i = 0; i < n; i++) {
        let move = at(grad, i) + decay * at(param, i);
        if (momentum !== 0) {
          const speed = slot("momentum");
          const g = move;
          speed[i] = step === 1 ? g : at(speed, i) * momentum + (1 - dampening) * g;
          move = nesterov ? g + momentum * at(speed, i) : at(speed, i);
        }
        param[i] = at(param, i) - lr * move;
      }
      return;
    }
  }
}
