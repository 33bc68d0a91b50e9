import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { bools, expectAgreement, floats, launches, shapes, whole } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

it("fills agree with tfjs's cpu kernel", async () => {
  const value = fc.oneof(fc.constantFrom(0, -0, 1, NaN, Infinity, 0.1, 2 ** 31 - 1, -(2 ** 31)), fc.float());
  await fc.assert(
    fc.asyncProperty(shapes(4), value, fc.nat(), (shape, x, seed) =>
      expectAgreement(() => [
        tf.fill(shape, x),
        tf.fill(shape, x, "int32"),
        tf.zerosLike(floats(shape, seed)),
        tf.onesLike(whole(shape, seed, 0, 9)),
      ]),
    ),
    { numRuns: 40 },
  );
  expect(await launches(() => tf.fill([20_000], 3))).toBe(1);
});

it("fills of other types are the cpu kernel's", async () => {
  await expectAgreement(() => [tf.zerosLike(bools([5], 1)), tf.onesLike(bools([5], 1)), tf.fill([2], 1, "bool")]);
  await tf.setBackend(BACKEND_NAME);
  expect(tf.fill([2], "a").dataSync()).toEqual(["a", "a"]);
});

it("one-hot rows agree with tfjs's cpu kernel, indices out of range and all", async () => {
  await fc.assert(
    fc.asyncProperty(shapes(3), fc.integer({ min: 2, max: 12 }), fc.nat(), (shape, depth, seed) =>
      expectAgreement(() => {
        const indices = whole(shape, seed, -2, 14);
        return [tf.oneHot(indices, depth), tf.oneHot(indices, depth, 0.9, 0.1, "float32")];
      }),
    ),
    { numRuns: 40 },
  );
  expect(await launches(() => tf.oneHot([1, 2], 4))).toBe(1);
});
