import path from "node:path";
import { createChild, nodeChild, type Child } from "./child.js";
import { idOf, pythonHas, type Benchmark, type BenchOptions, type Contender, type Ratio } from "./harness.js";
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
  weights: 1,
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

/** Rows of few tokens times weights `[out, in]` that come from memory: an encoder 1024 wide, a decoder 512 wide, its vocabulary. */
const WEIGHT_BYTES = 2 ** 27;
const rowCounts = [1, 4, 8, 16, 25, 50, 100, 400];
const weightShapes = [
  ...[1024, 512].flatMap((dim) => [[dim, dim] as const, [4 * dim, dim] as const, [dim, 4 * dim] as const]),
  [20_000, 512] as const,
];
const fewRows = weightShapes.flatMap(([n, k]) =>
  rowCounts.map((m) => ({ ...product("nt", m, n, k), weights: Math.floor(WEIGHT_BYTES / (4 * n * k)) })),
);
const PRODUCTS = {
  small: productsOf(SIZES.small),
  medium: productsOf(SIZES.medium),
  square,
  "few-rows": fewRows,
};

/**
 * GFLOP/s of `tf.matMul` on the shapes of a training step, against stock tfjs-wasm and against what the tile loop reaches
 * on operands already packed; few rows against PyTorch's `linear`, on weights that take turns. A shape is `MxNxK` or
 * `BATCHxMxNxK`, K being summed over. Words after the name (`small`, `medium`, `square`, `few-rows`) restrict the shapes.
 */
export default function wasmMatmul({ python, args }: BenchOptions): Benchmark {
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
  const torch = pythonHas(python, "torch")
    ? {
        impl: "pytorch",
        threads: 1,
        child: createChild(python, [path.join(import.meta.dirname, "peers/linear.py")], { OMP_NUM_THREADS: "1" }),
      }
    : null;
  const peersOf = (of: Product) =>
    of.weights === 1 ? [...ours, stock] : [...ours.slice(0, 1), ...(torch ? [torch] : [])];
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
    contenders: products.flatMap((of) => peersOf(of).map((by) => contender(of, by))),
    ratios: products.flatMap(ratiosOf),
    absent: torch ? [] : ["pytorch"],
    rounds: 3,
    close: () => [...ours, stock, ...(torch ? [torch] : [])].forEach(({ child }) => child.close()),
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
  if (of.weights > 1) {
    return [
      { key: `pytorch/${group}`, ours: ours(1), peer: idOf({ impl: "pytorch", group, threads: 1 }), ...speed },
      { key: `tile-peak/${group}`, ours: ours(1), peer: ours(1), against: "tilePeak", ...speed },
    ];
  }
  return [
    { key: `tfjs-wasm/${group}`, ours: ours(1), peer: idOf({ impl: "tfjs-wasm", group, threads: 1 }), ...speed },
    { key: `tile-peak/${group}`, ours: ours(1), peer: ours(1), against: "tilePeak", ...speed },
    { key: `one-thread/${group}`, ours: ours(2), peer: ours(1), ...speed },
  ];
}
