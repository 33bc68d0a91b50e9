import { expect, it } from "vitest";
import { checkGradient } from "./index.js";

const value = (x: Float64Array): number => (x[0] as number) ** 2 * (x[1] as number) + Math.sin(x[1] as number);
const x = Float64Array.of(1.5, -2);
const gradient = [2 * 1.5 * -2, 1.5 ** 2 + Math.cos(-2)];

it("accepts the gradient of x0^2 x1 + sin x1", () => {
  checkGradient(value, gradient, x);
  expect([...x]).toEqual([1.5, -2]);
});

it("names the component that is furthest off", () => {
  expect(() => checkGradient(value, [gradient[0] as number, 0.5], x)).toThrow(
    /^component 1 of the gradient is 0\.5 and the finite difference is 1\.83385\d*, .* times the tolerance$/,
  );
  expect(() => checkGradient(value, [NaN, gradient[1] as number], x)).toThrow(/^component 0 of the gradient is NaN/);
});

it("allows what the tolerance allows", () => {
  checkGradient(value, [-6.01, gradient[1] as number], x, { atol: 0.02 });
  expect(() => checkGradient(value, [-6.01, gradient[1] as number], x, { atol: 0.005, rtol: 0 })).toThrow(
    /component 0/,
  );
});

it("counts components", () => {
  expect(() => checkGradient(value, [1], x)).toThrow("the gradient has 1 components and x has 2");
});
