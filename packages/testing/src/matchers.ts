/** What a custom matcher of Vitest or Jest returns. */
export interface MatcherResult {
  pass: boolean;
  message: () => string;
}

export interface Tolerance {
  /** Largest difference allowed. @default 0 */
  atol?: number;
  /** Largest difference allowed on top, as a share of the expected value. @default 0 */
  rtol?: number;
}

type Numbers = ArrayLike<number | bigint>;

/**
 * Whether `|actual - expected| <= atol + rtol * |expected|` for every element; NaN agrees with NaN alone.
 * The message names the element that is furthest off, both values, and how many are off.
 */
export function compareArrays(actual: Numbers, expected: Numbers, tolerance: Tolerance = {}): MatcherResult {
  const { atol = 0, rtol = 0 } = tolerance;
  if (actual.length !== expected.length) {
    return { pass: false, message: () => `there are ${actual.length} elements, expected ${expected.length}` };
  }
  let off = 0;
  let worst = { index: -1, excess: -1 };
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [Number(actual[i]), Number(expected[i])];
    if (Object.is(a, e) || a === e) continue;
    const difference = Math.abs(a - e);
    const allowed = atol + rtol * Math.abs(e);
    if (difference <= allowed && allowed < Infinity) continue;
    off++;
    const excess = Number.isFinite(difference) ? difference - allowed : Infinity;
    if (excess > worst.excess) worst = { index: i, excess };
  }
  if (off === 0) {
    return { pass: true, message: () => `all ${actual.length} elements agree within atol ${atol}, rtol ${rtol}` };
  }
  const { index } = worst;
  return {
    pass: false,
    message: () =>
      `${off} of ${actual.length} elements are off; worst is element ${index}: ${actual[index]}, expected ${expected[index]}` +
      ` (atol ${atol}, rtol ${rtol})`,
  };
}

/**
 * Matchers for `expect.extend(matchers)` of Vitest and Jest. In TypeScript, tell your framework:
 * `declare module "vitest" { interface Matchers<T> extends XlmMatchers<T> {} }`.
 */
export const matchers = {
  toMatchArray: compareArrays,
  /**
   * `expect(() => f()).toThrowXlm("XLM_OPTION", /alpha/)`, or after `rejects`: an error of that code was thrown, whose message
   * matches. By code, so it works across copies of the package.
   */
  toThrowXlm(received: unknown, code: string, message: string | RegExp = ""): MatcherResult {
    const thrown = typeof received === "function" ? caught(received as () => unknown) : received;
    const text =
      thrown instanceof Error ? `${(thrown as { code?: string }).code ?? thrown.name}: ${thrown.message}` : undefined;
    const matches = typeof message === "string" ? text?.includes(message) : text !== undefined && message.test(text);
    const pass = thrown instanceof Error && (thrown as { code?: unknown }).code === code && matches === true;
    return {
      pass,
      message: () =>
        pass
          ? `${text} was thrown and should not have been`
          : `expected an error ${code}${message ? ` with ${message}` : ""}, got ${text ?? "none"}`,
    };
  },
};

/** The matchers as methods of `expect(...)`. */
export interface XlmMatchers<R = unknown> {
  /** See `compareArrays`. */
  toMatchArray(expected: Numbers, tolerance?: Tolerance): R;
  /** See `matchers.toThrowXlm`. */
  toThrowXlm(code: string, message?: string | RegExp): R;
}

function caught(f: () => unknown): unknown {
  try {
    f();
  } catch (error) {
    return error;
  }
  return undefined;
}
