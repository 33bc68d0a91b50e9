import { expect, it } from "vitest";
import { firstDifference } from "./difference.js";

it.each([
  [1, 2, "value is 1, expected 2"],
  [[1, 2], [1, 3], "value[1] is 2, expected 3"],
  [[1], [1, 2], "value[1] is undefined, expected 2"],
  [{ a: { b: 1n } }, { a: { b: 2n } }, "value.a.b is 1n, expected 2n"],
  [Int32Array.of(1), Float32Array.of(1), "value is Int32Array.from([1]), expected Float32Array.from([1])"],
  [Int32Array.of(1, 5), Int32Array.of(1, 6), "value[1] is 5, expected 6"],
  [null, {}, "value is null, expected {}"],
  [{}, { a: undefined }, undefined],
  [[NaN, { a: "x" }], [NaN, { a: "x" }], undefined],
])("compares %s with %s", (actual, expected, difference) => {
  expect(firstDifference(actual, expected)).toBe(difference);
});
