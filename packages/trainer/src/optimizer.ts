import { OptionError } from "@xlm/core";
import { checkSchedule, type Schedule } from "./schedule.js";

/** Adam as XLM has it: `eps` joins the root before bias correction, weight decay is taken off the parameter first. */
export interface AdamRule {
  readonly kind: "adam";
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** The other update rules of `--optimizer`, with PyTorch's formulas and names. */
export type OtherRule =
  | { readonly kind: "adadelta"; readonly rho: number; readonly eps: number; readonly weightDecay: number }
  | {
      readonly kind: "adagrad";
      readonly lrDecay: number;
      readonly eps: number;
      readonly weightDecay: number;
      readonly initialAccumulatorValue: number;
    }
  | {
      readonly kind: "adamax";
      readonly beta1: number;
      readonly beta2: number;
      readonly eps: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: "asgd";
      readonly lambd: number;
      readonly alpha: number;
      readonly t0: number;
      readonly weightDecay: number;
    }
  | {
      readonly kind: "rmsprop";
      readonly alpha: number;
      readonly eps: number;
      readonly weightDecay: number;
      readonly momentum: number;
      readonly centered: boolean;
    }
  | {
      readonly kind: "rprop";
      readonly etaMinus: number;
      readonly etaPlus: number;
      readonly minStep: number;
      readonly maxStep: number;
    }
  | {
      readonly kind: "sgd";
      readonly momentum: number;
      readonly dampening: number;
      readonly weightDecay: number;
      readonly nesterov: boolean;
    };

export type Rule = AdamRule | OtherRule;

/** What to do with gradients: an update rule and the learning rate of each update. Plain values, so they can be written down. */
export interface Optimizer {
  readonly rule: Rule;
  readonly schedule: Schedule;
}

export interface ParseOptimizerOptions {
  /** `"xlm"` refuses what the original refuses: numbers with an exponent (`1e-4`). @default "none" */
  compat?: "none" | "xlm";
}

const ADAM = { lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0 };
const WARMUP = { warmup_updates: 4000, warmup_init_lr: 1e-7 };
const REQUIRED = NaN; // sgd alone has no learning rate of its own

// Option names and defaults of each kind, as the original and PyTorch 1.13 have them.
const DEFAULTS = {
  adam: ADAM,
  adam_inverse_sqrt: { ...ADAM, ...WARMUP, exp_factor: 0.5 },
  adam_cosine: { ...ADAM, ...WARMUP, min_lr: 1e-9, init_period: 1_000_000, period_mult: 1, lr_shrink: 0.75 },
  adadelta: { lr: 1, rho: 0.9, eps: 1e-6, weight_decay: 0 },
  adagrad: { lr: 0.01, lr_decay: 0, weight_decay: 0, initial_accumulator_value: 0, eps: 1e-10 },
  adamax: { lr: 0.002, eps: 1e-8, weight_decay: 0 },
  asgd: { lr: 0.01, lambd: 1e-4, alpha: 0.75, t0: 1_000_000, weight_decay: 0 },
  rmsprop: { lr: 0.01, alpha: 0.99, eps: 1e-8, weight_decay: 0, momentum: 0, centered: 0 },
  rprop: { lr: 0.01 },
  sgd: { lr: REQUIRED, momentum: 0, dampening: 0, weight_decay: 0, nesterov: 0 },
} as const;
type Kind = keyof typeof DEFAULTS;

const PLAIN_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const ANY_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads an optimiser written as `kind,name=value,...` (the original's `--optimizer`, src/optim.py).
 * Kinds: adam, adam_inverse_sqrt, adam_cosine, adadelta, adagrad, adamax, asgd, rmsprop, rprop, sgd. A name given twice: the last counts.
 *
 * `Differs:` exponents (`lr=1e-4`) are read; the original refuses them, as `compat: "xlm"` does. A schedule that would make the
 * rate negative is refused; the original checks the rate of the first update alone.
 * @throws OptionError (`XLM_OPTION`) naming the part that is wrong.
 * @example parseOptimizer("adam_inverse_sqrt,lr=0.0001,warmup_updates=4000")
 */
export function parseOptimizer(spec: string, options: ParseOptimizerOptions = {}): Optimizer {
  const [kind = "", ...parts] = spec.split(",");
  const refuse = (what: string, why: string, fix: string): OptionError =>
    new OptionError({ what: `optimizer ${JSON.stringify(spec)}: ${what}`, why, fix });
  if (!Object.hasOwn(DEFAULTS, kind)) {
    throw refuse(
      `there is no ${JSON.stringify(kind)}`,
      "the word before the first comma names the update rule",
      `use one of ${Object.keys(DEFAULTS).join(", ")}`,
    );
  }
  const defaults: Readonly<Record<string, number>> = DEFAULTS[kind as Kind];
  const values: Record<string, number> = { ...defaults };
  const number = options.compat === "xlm" ? PLAIN_NUMBER : ANY_NUMBER;
  for (const part of parts) {
    const [name = "", text, ...rest] = part.split("=");
    if (text === undefined || rest.length > 0 || !number.test(text)) {
      throw refuse(
        `${JSON.stringify(part)} is not name=number`,
        options.compat === "xlm" ? "the original reads plain decimal numbers alone" : "each option sets a number",
        "write for example lr=0.0001, with no spaces and no comma at the end",
      );
    }
    if (!Object.hasOwn(defaults, name)) {
      throw refuse(
        `${kind} has no option ${JSON.stringify(name)}`,
        "an option that is not read would be lost silently",
        `use ${Object.keys(defaults).join(", ")}`,
      );
    }
    values[name] = Number(text);
  }
  if (Number.isNaN(values["lr"])) {
    throw refuse(`${kind} needs a learning rate`, "it has no usual one", `write ${kind},lr=0.1`);
  }
  const optimizer = assemble(kind as Kind, values);
  checkOptimizer(optimizer);
  return optimizer;
}

function assemble(kind: Kind, values: Readonly<Record<string, number>>): Optimizer {
  const value = (name: string): number => values[name] as number;
  const constant: Schedule = { kind: "constant", lr: value("lr") };
  const weightDecay = value("weight_decay");
  const eps = value("eps");
  const adam: AdamRule = { kind: "adam", beta1: value("beta1"), beta2: value("beta2"), eps, weightDecay };
  const warmup = {
    lr: value("lr"),
    warmupUpdates: value("warmup_updates"),
    warmupInitLr: value("warmup_init_lr"),
  };
  switch (kind) {
    case "adam":
      return { rule: adam, schedule: constant };
    case "adam_inverse_sqrt":
      return { rule: adam, schedule: { kind: "inverseSqrt", ...warmup, expFactor: value("exp_factor") } };
    case "adam_cosine": {
      const cosine = {
        minLr: value("min_lr"),
        initPeriod: value("init_period"),
        periodMult: value("period_mult"),
        lrShrink: value("lr_shrink"),
      };
      return { rule: adam, schedule: { kind: "cosine", ...warmup, ...cosine } };
    }
    case "adadelta":
      return { rule: { kind, rho: value("rho"), eps, weightDecay }, schedule: constant };
    case "adagrad": {
      const initialAccumulatorValue = value("initial_accumulator_value");
      return {
        rule: { kind, lrDecay: value("lr_decay"), eps, weightDecay, initialAccumulatorValue },
        schedule: constant,
      };
    }
    case "adamax": // the original's betas of adamax cannot be set from a string
      return { rule: { kind, beta1: ADAM.beta1, beta2: ADAM.beta2, eps, weightDecay }, schedule: constant };
    case "asgd":
      return {
        rule: { kind, lambd: value("lambd"), alpha: value("alpha"), t0: value("t0"), weightDecay },
        schedule: constant,
      };
    case "rmsprop": {
      const centered = value("centered") !== 0;
      return {
        rule: { kind, alpha: value("alpha"), eps, weightDecay, momentum: value("momentum"), centered },
        schedule: constant,
      };
    }
    case "rprop":
      return {
        rule: { kind, etaMinus: 0.5, etaPlus: 1.2, minStep: 1e-6, maxStep: 50 },
        schedule: constant,
      };
    case "sgd": {
      const nesterov = value("nesterov") !== 0;
      return {
        rule: { kind, momentum: value("momentum"), dampening: value("dampening"), weightDecay, nesterov },
        schedule: constant,
      };
    }
  }
}

// What PyTorch's constructors, and XLM's Adam, ask of their numbers. Adam's weight decay they leave free.
const NOT_NEGATIVE = ["eps", "weightDecay", "momentum", "lrDecay", "initialAccumulatorValue"];

function rangeOf(kind: Rule["kind"], name: string): [fits: (value: number) => boolean, words: string] | undefined {
  if (name === "beta1" || name === "beta2") return [(value) => value >= 0 && value < 1, "a number from 0 to below 1"];
  if (name === "rho") return [(value) => value >= 0 && value <= 1, "a number from 0 to 1"];
  const free = kind === "adam" && name === "weightDecay";
  const bounded = NOT_NEGATIVE.includes(name) || (kind === "rmsprop" && name === "alpha");
  return bounded && !free ? [(value) => value >= 0, "0 or more"] : undefined;
}

/** @throws OptionError for values under which the rule or the schedule cannot work. */
export function checkOptimizer({ rule, schedule }: Optimizer): void {
  checkSchedule(schedule);
  for (const [name, value] of Object.entries(rule)) {
    const [fits, words] = rangeOf(rule.kind, name) ?? [];
    if (fits === undefined || fits(value as number)) continue;
    throw new OptionError({
      what: `${rule.kind} has ${name} ${value}`,
      why: "with it the update would blow up or be no number",
      fix: `use ${words}`,
    });
  }
  if (rule.kind === "sgd" && rule.nesterov && !(rule.momentum > 0 && rule.dampening === 0)) {
    throw new OptionError({
      what: `sgd has nesterov with momentum ${rule.momentum} and dampening ${rule.dampening}`,
      why: "Nesterov's look-ahead needs an undamped momentum",
      fix: "set momentum above 0 and leave dampening at 0",
    });
  }
}
