import fc from "fast-check";

/** Where two values first differ, or undefined when they are equal: arrays and typed arrays by element, objects by field. */
export function firstDifference(actual: unknown, expected: unknown, at = "value"): string | undefined {
  if (Object.is(actual, expected)) return undefined;
  const comparable =
    isObject(actual) && isObject(expected) && Object.getPrototypeOf(actual) === Object.getPrototypeOf(expected);
  if (!comparable) return `${at} is ${show(actual)}, expected ${show(expected)}`;
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  for (const key of keys) {
    const place = isList(expected) ? `${at}[${key}]` : `${at}.${key}`;
    const difference = firstDifference(actual[key], expected[key], place);
    if (difference) return difference;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isList = (value: unknown): boolean => Array.isArray(value) || ArrayBuffer.isView(value);

const show = (value: unknown): string => fc.stringify(value).slice(0, 100);
