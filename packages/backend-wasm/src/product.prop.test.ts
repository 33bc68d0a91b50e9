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
const shape = {
  batch: fc.constantFrom(1, 1, 1, 3),
  m: size,
  n: size,
  k: fc.oneof(size, fc.constantFrom(257, 600)),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.nat(),
};
const products = fc.record<Product>(shape);

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

/** More than a block of rows, than what of k is packed at a time, than the rows of A that are held packed. */
const beyondBlocks: Product[] = [
  { batch: 1, m: 600, n: 70, k: 300, transposeA: false, transposeB: true, seed: 1 },
  { batch: 1, m: 1100, n: 9, k: 40, transposeA: true, transposeB: false, seed: 2 },
  { batch: 1, m: 17_000, n: 5, k: 3, transposeA: false, transposeB: false, seed: 3 },
  { batch: 1, m: 25, n: 30, k: 4700, transposeA: false, transposeB: true, seed: 4 },
];

async function start(options: WasmBackendOptions): Promise<void> {
  await registerWasmBackend({ v8Flags: true, ...options });
  await tf.setBackend("xlm-wasm");
}

/** False for a relaxed build on an engine without relaxed SIMD. */
async function starts(options: WasmBackendOptions & { build: BuildName }): Promise<boolean> {
  try {
    await start(options);
    return true;
  } catch (error) {
    expect((error as { code: string }).code).toBe("XLM_UNSUPPORTED");
    expect(options.build).toMatch(/^relaxed/);
    return false;
  }
}

describe("matrix products", () => {
  it.each(buildNames)("agree with float64 for all sizes and transposes (%s)", async (build: BuildName) => {
    if (!(await starts({ build, threads: 2 }))) return;
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
      { numRuns: 30, examples: beyondBlocks.map((product): [Product] => [product]) },
    );
  });

  it.each(buildNames)("give a row the same bits however many rows there are (%s)", async (build: BuildName) => {
    if (!(await starts({ build, threads: 1 }))) return;
    const few = fc.record({ ...shape, batch: fc.constant(1), m: fc.integer({ min: 1, max: 40 }) });
    const cut = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 }));
    const law = (product: Product, [from, count]: [number, number]): void => {
      const { a, b, shapes } = operands(product);
      const { m, n, transposeA, transposeB } = product;
      const first = from % m;
      const rows = Math.min(count, m - first);
      const [whole, part] = tf.tidy(() => {
        const [left, right] = [tf.tensor(a, shapes[0]), tf.tensor(b, shapes[1])];
        const some = transposeA ? tf.slice(left, [0, 0, first], [1, -1, rows]) : tf.slice(left, [0, first], [1, rows]);
        return [left, some].map((x) => tf.matMul(x, right, transposeA, transposeB).dataSync());
      }) as [Float32Array, Float32Array];
      expect(part).toEqual(whole.slice(first * n, (first + rows) * n));
    };
    fc.assert(fc.property(few, cut, law), {
      numRuns: 30,
      examples: beyondBlocks.map((product): [Product, [number, number]] => [product, [product.m - 3, 2]]),
    });
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
      runs.push([...given, ...beyondBlocks, large].map(multiplied));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});
