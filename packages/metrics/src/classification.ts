import { checkInt, DataError } from "@xlm/core";
import { checkPaired } from "./checks.js";

export interface F1Options {
  /** Classes there are. @default 2 */
  nClasses?: number;
  /**
   * `"binary"`: of class 1. `"micro"`: over all decisions, which with one label an example equals the accuracy. `"macro"`: the
   * mean over the classes that occur. @default "binary" for two classes, otherwise "micro", as in `glue.py`
   */
  average?: "binary" | "micro" | "macro";
}

/**
 * Share of examples whose class was predicted, 0..1. The original prints it times 100.
 * @param gold `[n]` true classes.
 * @param predicted `[n]`.
 * @throws ShapeError (`XLM_SHAPE`) for lists of different lengths, DataError (`XLM_DATA`) for empty ones.
 */
export function accuracy(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkPaired("classes", gold, predicted);
  let right = 0;
  for (let i = 0; i < gold.length; i++) if (gold[i] === predicted[i]) right++;
  return right / gold.length;
}

/**
 * F1, the harmonic mean of precision and recall, 0..1 (scikit-learn's `f1_score`, as called in `glue.py`; times 100 there).
 * A class that is neither true nor predicted anywhere, where the fraction is 0/0, has 0.
 * @param gold `[n]` true classes, `0..nClasses-1`.
 * @param predicted `[n]`.
 * @throws ShapeError (`XLM_SHAPE`) for lists of different lengths, DataError (`XLM_DATA`) for empty ones or a class out of
 * range, OptionError (`XLM_OPTION`) for a bad number of classes.
 */
export function f1(gold: ArrayLike<number>, predicted: ArrayLike<number>, options: F1Options = {}): number {
  const { nClasses = 2, average = nClasses === 2 ? "binary" : "micro" } = options;
  checkPaired("classes", gold, predicted);
  checkInt("nClasses", nClasses, 2);
  checkClasses("gold", gold, nClasses);
  checkClasses("predicted", predicted, nClasses);
  if (average === "micro") return accuracy(gold, predicted);
  const { truths, guesses, hits } = countClasses(gold, predicted);
  const scoreOf = (label: number): number => {
    const sum = (truths.get(label) ?? 0) + (guesses.get(label) ?? 0);
    return sum === 0 ? 0 : (2 * (hits.get(label) ?? 0)) / sum;
  };
  if (average === "binary") return scoreOf(1);
  const labels = [...new Set([...truths.keys(), ...guesses.keys()])];
  return labels.reduce((sum, label) => sum + scoreOf(label), 0) / labels.length;
}

/**
 * Matthews correlation coefficient, -1..1, for any number of classes (Gorodkin 2004; scikit-learn's `matthews_corrcoef`, as
 * called in `glue.py`; times 100 there). 0 when all examples have one true or one predicted class.
 * @param gold `[n]` true classes.
 * @param predicted `[n]`.
 * @throws ShapeError (`XLM_SHAPE`) for lists of different lengths, DataError (`XLM_DATA`) for empty ones.
 */
export function matthews(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkPaired("classes", gold, predicted);
  const n = gold.length;
  const { truths, guesses, hits } = countClasses(gold, predicted);
  const right = [...hits.values()].reduce((sum, count) => sum + count, 0);
  const dot = (a: Counts, b: Counts): number =>
    [...a].reduce((sum, [label, count]) => sum + count * (b.get(label) ?? 0), 0);
  const spread = (n * n - dot(truths, truths)) * (n * n - dot(guesses, guesses));
  return spread === 0 ? 0 : (right * n - dot(truths, guesses)) / Math.sqrt(spread);
}

type Counts = ReadonlyMap<number, number>;

function countClasses(
  gold: ArrayLike<number>,
  predicted: ArrayLike<number>,
): { truths: Counts; guesses: Counts; hits: Counts } {
  const [truths, guesses, hits] = [new Map<number, number>(), new Map<number, number>(), new Map<number, number>()];
  const add = (counts: Map<number, number>, label: number): void =>
    void counts.set(label, (counts.get(label) ?? 0) + 1);
  for (let i = 0; i < gold.length; i++) {
    const [truth, guess] = [gold[i] as number, predicted[i] as number];
    add(truths, truth);
    add(guesses, guess);
    if (truth === guess) add(hits, truth);
  }
  return { truths, guesses, hits };
}

function checkClasses(name: string, labels: ArrayLike<number>, nClasses: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label >= nClasses) {
      throw new DataError({
        what: `${name} class ${i} is ${label} and there are ${nClasses} classes`,
        why: "classes are numbered from 0",
        fix: `use classes 0 to ${nClasses - 1}, or give the right nClasses`,
      });
    }
  }
}
