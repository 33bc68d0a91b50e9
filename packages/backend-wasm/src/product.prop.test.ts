import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildNames, type BuildName } from "./builds.js";
import { registerWasmBackend, wasmInfo, type WasmBackendOptions } from "./index.js";

interface Product {
  batch: number;
  m: number;
  n: number;
  k: number;
  transposeA: boolean;
  transposeB: boolean;
  seed: number;
}
const size = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 70 }), fc.constantFrom(48, 64, 96));
const products = fc.record<Product>({
  batch: fc.constantFrom(1, 1, 1, 3),
  m: size,
  n: size,
  k: fc.oneof(size, fc.constantFrom(257, 600)),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.nat(),
});

function operands({ batch, m, n, k, transposeA, transposeB, seed }: Product): {
  a: Float32Array;
  b: Float32Array;
  shapes: number[][];
} {
  const rng = createRng(seed);
  const fill = (length: number): Float32Array => Float32Array.from({ length }, () => rng.next() - 0.5);
  const shapes = [
    [batch, ...(transposeA ? [k, m] : [m, k])],
    [batch, ...(transposeB ? [n, k] : [k, n])],
  ];
  return { a: fill(batch * m * k), b: fill(batch * k * n), shapes };
}

function multiplied(product: Product): Float32Array {
  const { a, b, shapes } = operands(product);
  return tf.tidy(() => {
    const [left, right] = [tf.tensor(a, shapes[0]), tf.tensor(b, shapes[1])];
    return tf.matMul(left, right, product.transposeA, product.transposeB).dataSync() as Float32Array;
  });
}

/** The same in float64, and the sums of the products' absolute values, which bound the rounding. */
function exactly(product: Product): { values: Float64Array; sizes: Float64Array } {
  const { batch, m, n, k, transposeA, transposeB } = product;
  const { a, b } = operands(product);
  const values = new Float64Array(batch * m * n);
  const sizes = new Float64Array(batch * m * n);
  for (let at = 0; at < values.length; at++) {
    const [s, i, j] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
    for (let q = 0; q < k; q++) {
      const left = a[s * m * k + (transposeA ? q * m + i : i * k + q)] as number;
      const right = b[s * k * n + (transposeB ? j * k + q : q * n + j)] as number;
      values[at] = (values[at] as number) + left * right;
      sizes[at] = (sizes[at] as number) + Math.abs(left * right);
    }
  }
  return { values, sizes };
}

async function start(options: WasmBackendOptions): Promise<void> {
  await registerWasmBackend({ v8Flags: true, ...options });
  await tf.setBackend("xlm-wasm");
}

describe("matrix products", () => {
  it.each(buildNames)("agree with float64 for all sizes and transposes (%s)", async (build: BuildName) => {
    try {
      await start({ build, threads: 2 });
    } catch (error) {
      expect((error as { code: string }).code).toBe("XLM_UNSUPPORTED"); // an engine without relaxed SIMD
      expect(build).toMatch(/^relaxed/);
      return;
    }
    fc.assert(
      fc.property(products, (product) => {
        const got = multiplied(product);
        const { values, sizes } = exactly(product);
        expect(got).toHaveLength(values.length);
        // One rounding for each addition and multiplication, at most half a unit of the sum's bound.
        const unit = (product.k + 1) * 2 ** -24;
        const worst = got.findIndex(
          (value, i) => !(Math.abs(value - (values[i] as number)) <= unit * (sizes[i] as number)),
        );
        expect(worst).toBe(-1);
      }),
      { numRuns: 30 },
    );
  });

  it("have the same bits for any number of threads and either width of tile", async () => {
    const given = fc.sample(products, { numRuns: 30, seed: 7 });
    const large = { batch: 1, m: 300, n: 520, k: 700, transposeA: true, transposeB: true, seed: 3 };
    const runs: Float32Array[][] = [];
    for (const options of [
      { threads: 1, build: "portable" },
      { threads: 2, build: "portable" },
      { threads: 3, build: "portable-wide" },
    ] as const) {
      await start(options);
      expect(wasmInfo().threads).toBe(options.threads);
      runs.push([...given, large].map(multiplied));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});
