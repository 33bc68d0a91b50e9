import * as tf from "@tensorflow/tfjs-core";
import { OptionError } from "@xlm/core";
import { agrees, differentiates, propagates, repeats } from "./case-laws.js";
import { cases, emptyCases } from "./cases.js";
import type { Tolerance } from "./compare.js";
import { specialLaws } from "./special-laws.js";
import { topLogProbsLaws } from "./top-log-probs-laws.js";

export type { Tolerance } from "./compare.js";

/** One thing that must hold; `run` throws where it does not. */
export interface Law {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A law that a backend is known not to keep. */
export interface Skip {
  /** The kernel, as the names of laws begin: `Linear`, `LayerNorm`, `Attention`... */
  kernel: string;
  /** Part of the law's name, or `always` for all laws of the kernel. */
  when: string;
  /** Shown in place of the law. */
  reason: string;
}

export interface KernelLawsOptions {
  /** A registered tfjs backend, by name. */
  backend: string;
  /** How far results and gradients may be from float64. @default { rtol: 1e-5, atol: 1e-5 } */
  tolerance?: Tolerance;
  /** @default none */
  skip?: readonly Skip[];
}

/**
 * What every implementation of the kernels keeps, as functions for any test runner:
 * agreement with float64 in result and gradient, the same bits each time, zero sizes, masks and lengths, NaN and infinity
 * passed on, no tensor left behind.
 * @throws OptionError (`XLM_OPTION`) when a skip names nothing.
 * @example
 * for (const law of kernelLaws({ backend: "cpu" })) it(law.name, law.run);
 */
export function kernelLaws(options: KernelLawsOptions): Law[] {
  const { backend, tolerance = { rtol: 1e-5, atol: 1e-5 }, skip = [] } = options;
  const all = [
    ...cases.flatMap((use) => [
      { kernel: use.kernel, name: `agrees with float64 (${use.name})`, check: () => agrees(use, tolerance) },
      {
        kernel: use.kernel,
        name: `has the slope of float64 (${use.name})`,
        check: () => differentiates(use, tolerance),
      },
      { kernel: use.kernel, name: `gives the same bits again (${use.name})`, check: () => repeats(use) },
      { kernel: use.kernel, name: `passes NaN and infinity on (${use.name})`, check: () => propagates(use) },
    ]),
    ...emptyCases.map((use) => ({
      kernel: use.kernel,
      name: `works on nothing (${use.name})`,
      async check() {
        await agrees(use, tolerance);
        await differentiates(use, tolerance);
      },
    })),
    ...[...specialLaws, ...topLogProbsLaws].map((law) => ({ ...law, check: () => law.check(tolerance) })),
  ];
  const covers = (rule: Skip, law: { kernel: string; name: string }): boolean =>
    rule.kernel === law.kernel && (rule.when === "always" || law.name.includes(rule.when));
  for (const rule of skip) {
    if (!all.some((law) => covers(rule, law))) {
      throw new OptionError({
        what: `skip names kernel ${rule.kernel} when ${rule.when}`,
        why: "no law is called so, and a skip that skips nothing hides that it is out of date",
        fix: "use a kernel and a part of a law's name from the list of laws, or remove the skip",
      });
    }
  }
  return all.map((law) => {
    const name = `${law.kernel}: ${law.name}`;
    const skipped = skip.find((rule) => covers(rule, law));
    if (skipped) return { name: `${name} - skipped: ${skipped.reason}`, run: () => Promise.resolve() };
    return {
      name,
      async run() {
        await tf.setBackend(backend);
        await law.check();
      },
    };
  });
}
