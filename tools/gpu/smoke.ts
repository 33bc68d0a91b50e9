// The first look at a GPU: what it is, one product, attention, a few training steps in each precision: smoke.ts [PRECISION...]
import * as tf from "@tensorflow/tfjs-core";
import { cudaInfo } from "@xlm/backend-cuda";
import { trainTiny } from "@xlm/tools/train-tiny";
import { checkAttention } from "./attention.js";
import { chosenPrecisions, runIn, stopCuda } from "./precisions.js";
import { report, type Result } from "./report.js";

const STEPS = 4;

/** Small whole numbers: exact in every precision. */
async function product(): Promise<void> {
  const [a, b] = [
    tf.ones([6, 8]),
    tf.tensor2d(
      Array.from({ length: 40 }, (_, i) => i % 7),
      [8, 5],
    ),
  ];
  const [found, wanted] = [tf.matMul(a, b), tf.tile(tf.sum(b, 0, true), [6, 1])];
  const [ours, sums] = [await found.array(), await wanted.array()].map((values) => JSON.stringify(values));
  tf.dispose([a, b, found, wanted]);
  if (ours !== sums) throw new Error(`the product is ${ours}, not ${sums}`);
}

async function training(): Promise<void> {
  const losses: number[] = [];
  await trainTiny(STEPS, (_, loss) => losses.push(loss));
  const nearChance = losses.every((loss) => Math.abs(loss - Math.log(60)) < 2); // of 60 words
  if (!nearChance) throw new Error(`the losses are ${losses.join(", ")}`);
}

const results: Result[] = [];
for (const { precision, bits } of chosenPrecisions(process.argv.slice(2))) {
  const tests = [
    { name: "starts", run: () => console.log(JSON.stringify(cudaInfo())) },
    { name: "a product", run: product },
    ...[64, 128].flatMap((headDim) =>
      [false, true].map((causal) => ({
        name: `${causal ? "causal " : ""}attention with heads of ${headDim}`,
        run: () => checkAttention(headDim, causal, bits),
      })),
    ),
    { name: `${STEPS} training steps`, run: training },
  ];
  results.push(...(await runIn(precision, tests)));
}
report("smoke", results);
stopCuda();
