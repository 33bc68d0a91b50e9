import { expect, it } from "vitest";
import { createProgress, duration, quantity, type ProgressOptions } from "./progress.js";

function shown(style: ProgressOptions["style"], ticks: readonly [ms: number, value: number, note?: string][]): string {
  let text = "";
  let now = 0;
  const start = createProgress({ write: (part) => (text += part) }, { style, clock: () => now });
  const bar = start("Training", 100, "steps");
  for (const [ms, value, note] of ticks) {
    now = ms;
    bar.update(value, note);
  }
  bar.stop();
  return text;
}

it("says nothing about work that takes less than two seconds", () => {
  expect(
    shown("lines", [
      [500, 40],
      [1900, 90],
    ]),
  ).toBe("");
  expect(
    shown("bar", [
      [500, 40],
      [1900, 90],
    ]),
  ).toBe("");
});

it("writes a line every few seconds, with rate and time left", () => {
  const text = shown("lines", [
    [1000, 5],
    [2500, 25, "mlm 4.20"],
    [3000, 30],
    [8000, 80],
  ]);
  expect(text).toBe(
    "Training: 25/100 steps (25 %), 10.0 steps/s, 8 s left, mlm 4.20\n" +
      "Training: 80/100 steps (80 %), 10.0 steps/s, 2 s left\n" +
      "Training: 8 s\n",
  );
});

it("is silent when told so", () => {
  expect(shown("none", [[9000, 50]])).toBe("");
});

it("writes durations and quantities for people", () => {
  expect([0.4, 93, 125, Infinity].map(duration)).toEqual(["0 s", "93 s", "2 min 05 s", "?"]);
  expect([0.5, 12.34, 1234.5].map(quantity)).toEqual(["0.50", "12.3", "1,235"]);
});
