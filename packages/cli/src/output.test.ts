import { expect, it } from "vitest";
import { jsonLine, percent, ppl, table } from "./output.js";

it("lines columns up, the first to the left", () => {
  expect(
    table([
      ["", "before"],
      ["perplexity", "12"],
    ]),
  ).toBe("            before\nperplexity      12\n");
  expect(
    table([
      ["ñandú", "1"],
      ["a", "10"],
    ]),
  ).toBe("ñandú   1\na      10\n");
});

it("rounds to what can be read", () => {
  expect([0.5, 0.1234, 0.00147].map(percent)).toEqual(["50.0 %", "12.3 %", "0.15 %"]);
  expect([1234.5, 45.67, 2.345].map(ppl)).toEqual(["1235", "45.7", "2.35"]);
});

it("writes one line of JSON", () => {
  expect(jsonLine({ a: 1, b: NaN })).toBe('{"a":1,"b":null}\n');
});
