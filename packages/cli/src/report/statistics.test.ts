import { expect, it } from "vitest";
import { checkShare, smooth } from "./statistics.js";

it("puts the binomial interval around the expected share", () => {
  // sqrt(0.5 * 0.5 / 10000) = 0.005, times 3.29 for 999 in 1000
  const { seen, low, high } = checkShare("heads", 0.5, 4950, 10_000);
  expect([seen, low, high].map((x) => x.toFixed(4))).toEqual(["0.4950", "0.4835", "0.5165"]);
  expect(checkShare("none", 0.1, 0, 0)).toMatchObject({ seen: 0, low: 0, high: 1 });
});

it("averages the last values that are there", () => {
  expect(smooth([2, null, 4, 6], 2)).toEqual([2, null, 3, 5]);
});
