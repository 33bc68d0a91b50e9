import path from "node:path";
import { nodeChild, type Child } from "./child.js";
import { idOf, type Benchmark, type BenchOptions, type Contender, type Ratio } from "./harness.js";
import type { MatmulRequest, Product } from "./peers/matmul.js";
import { SIZES, targetCount, type Size } from "./sizes.js";

const SECONDS = 0.2;
const script = path.join(import.meta.dirname, "peers/matmul.ts");

type Transposes = "nn" | "nt" | "tn" | "tt";
const product = (transposes: Transposes, m: number, n: number, k: number, batch = 1): Product => ({
  batch,
  m,
  n,
  k,
  transposeA: transposes.startsWith("t"),
  transposeB: transposes.endsWith("t"),
});

/** `x @ weight^T` for rows of `inputs`, and the gradients of both. */
const linear = (rows: number, inputs: number, out: number): Product[] => [
  product("nt", rows, out, inputs),
  product("nn", rows, inputs, out),
  product("tn", out, inputs, rows),
];

/** The products of a training step: linear maps, the vocabulary, attention. */
function productsOf(size: Size): Product[] {
  const { embDim, nHeads, vocabSize, rows, seq } = size;
  const [tokens, headDim, heads] = [rows * seq, embDim / nHeads, rows * nHeads];
  return [
    ...linear(tokens, embDim, embDim),
    ...linear(tokens, embDim, 4 * embDim),
    ...linear(tokens, 4 * embDim, embDim),
    ...linear(targetCount(size), embDim, vocabSize),
    product("nt", seq, seq, headDim, heads), // scores, and the gradient of the weights
    product("nn", seq, headDim, seq, heads), // context, and the gradient of queries
    product("tn", seq, headDim, seq, heads), // gradients of keys and values
  ];
}

const square = (["nn", "nt", "tn", "tt"] as const).map((transposes) => product(transposes, 1024, 1024, 1024));
const PRODUCTS = { small: productsOf(SIZES.small), medium: productsOf(SIZES.medium), square };

/**
 * GFLOP/s of `tf.matMul` on the shapes of a training step, against stock tfjs-wasm and against what the tile loop reaches
 * on operands already packed. A shape is `MxNxK` or `BATCHxMxNxK`, K being summed over. Words after the name (`small`,
 * `medium`, `square`) restrict the shapes.
 */
export default function wasmMatmul({ args }: BenchOptions): Benchmark {
  const known = Object.keys(PRODUCTS) as (keyof typeof PRODUCTS)[];
  const unknown = args.find((word) => !known.some((name) => name === word));
  if (unknown !== undefined) throw new Error(`wasm-matmul takes words among ${known.join(", ")}, not ${unknown}`);
  const products = known.filter((name) => args.length === 0 || args.includes(name)).flatMap((name) => PRODUCTS[name]);

  const stock = { impl: "tfjs-wasm", threads: 1, child: nodeChild(script, ["wasm", "1"]) };
  const ours = [1, 2].map((threads) => ({
    impl: "xlm-wasm",
    threads,
    child: nodeChild(script, ["xlm-wasm", String(threads)]),
  }));
  const contender = (of: Product, { impl, threads, child }: { impl: string; threads: number; child: Child }) => {
    const request: MatmulRequest = { ...of, seconds: SECONDS };
    return {
      impl,
      threads,
      group: nameOf(of),
      labels: { shape: shapeOf(of), transposes: transposesOf(of) },
      run: () => child.ask(JSON.stringify(request)),
      about: child.facts,
      warmUp: impl !== "tfjs-wasm", // up to four seconds a product
    } satisfies Contender;
  };
  return {
    contenders: products.flatMap((of) => [...ours, stock].map((by) => contender(of, by))),
    ratios: products.flatMap(ratiosOf),
    absent: [],
    rounds: 3,
    close: () => [...ours, stock].forEach(({ child }) => child.close()),
  };
}

const shapeOf = ({ batch, m, n, k }: Product): string => `${batch === 1 ? "" : `${batch}x`}${m}x${n}x${k}`;
const transposesOf = ({ transposeA, transposeB }: Product): string =>
  (transposeA ? "t" : "n") + (transposeB ? "t" : "n");
const nameOf = (of: Product): string => `${shapeOf(of)}/${transposesOf(of)}`;

function ratiosOf(of: Product): Ratio[] {
  const group = nameOf(of);
  const ours = (threads: number): string => idOf({ impl: "xlm-wasm", group, threads });
  const speed = { figure: "gflops", better: "higher" } as const;
  return [
    { key: `tfjs-wasm/${group}`, ours: ours(1), peer: idOf({ impl: "tfjs-wasm", group, threads: 1 }), ...speed },
    { key: `tile-peak/${group}`, ours: ours(1), peer: ours(1), against: "tilePeak", ...speed },
    { key: `one-thread/${group}`, ours: ours(2), peer: ours(1), ...speed },
  ];
}
