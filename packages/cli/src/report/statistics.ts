/** A share that was drawn by chance, beside what it should be. */
export interface ShareCheck {
  readonly label: string;
  readonly expected: number;
  readonly seen: number;
  /** Draws that `seen` is a share of. */
  readonly n: number;
  /** Where a correct sampler's share lies 999 times in 1000. */
  readonly low: number;
  readonly high: number;
}

const Z_999 = 3.2905; // two-sided 99.9 % of the normal distribution

/**
 * Compares a count with its binomial distribution, by the normal approximation.
 * @param hits how many of `n` draws came out so.
 */
export function checkShare(label: string, expected: number, hits: number, n: number): ShareCheck {
  const reach = n === 0 ? 1 : Z_999 * Math.sqrt((expected * (1 - expected)) / n);
  return {
    label,
    expected,
    seen: n === 0 ? 0 : hits / n,
    n,
    low: Math.max(0, expected - reach),
    high: Math.min(1, expected + reach),
  };
}

/** A running mean over the last `window` values that are there. Places without a value keep none. */
export function smooth(values: readonly (number | null)[], window: number): (number | null)[] {
  const recent: number[] = [];
  return values.map((value) => {
    if (value === null) return null;
    recent.push(value);
    if (recent.length > window) recent.shift();
    return recent.reduce((sum, x) => sum + x, 0) / recent.length;
  });
}
