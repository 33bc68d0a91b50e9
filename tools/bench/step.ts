import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TokenBatch } from "@xlm/core";
import { maskTokens } from "@xlm/objectives";
import { createTensorOptimizer, parseOptimizer, trainStep } from "@xlm/trainer";
import { createTransformer } from "@xlm/transformer";
import {
  pythonHas,
  pythonPeer,
  timed,
  type Benchmark,
  type BenchOptions,
  type Contender,
  type Figures,
} from "./harness.js";

/** What is trained; `npm run bench -- step 2,128,4,4000,16,64` gives other sizes. */
const DEFAULT = "4,256,8,8000,16,128";
const DROPOUT = 0.1;

/** One MLM training step (forward, gradients, clipping, Adam) on stock tfjs-wasm, against the same model in PyTorch. */
export default async function step({ python, args }: BenchOptions): Promise<Benchmark> {
  const sizes = (args[0] ?? DEFAULT).split(",").map(Number);
  const [nLayers = 0, embDim = 0, nHeads = 0, vocabSize = 0, rows = 0, seq = 0] = sizes;
  await tf.setBackend("wasm");
  const rng = createRng(1);
  const model = createTransformer(
    { vocabSize, nLangs: 2, embDim, nLayers, nHeads, dropout: DROPOUT, attentionDropout: DROPOUT },
    { rng },
  );
  const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.0001"), model.params);
  const vocab = { size: vocabSize, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
  const batch: TokenBatch = {
    ids: Int32Array.from({ length: rows * seq }, () => 14 + (rng.uint32() % (vocabSize - 14))),
    shape: [rows, seq],
    lengths: new Int32Array(rows).fill(seq),
    langs: new Int32Array(rows * seq),
  };
  const ours: Contender = {
    impl: "tfjs-wasm",
    threads: 1,
    run: async () => {
      const masked = maskTokens(batch, vocab, rng);
      const ms = await timed(() =>
        trainStep(model, optimizer, [{ objective: "mlm", batch: masked }], { dropoutRng: rng }),
      );
      return { tokensPerSecond: (rows * seq * 1000) / ms, stepMs: ms, peakMiB: process.resourceUsage().maxRSS / 1024 };
    },
  };
  const torch = pythonHas(python, "torch");
  const peer = (): Figures => pythonPeer(python as string, "step.py", [...sizes, 1, DROPOUT, 2]);
  return {
    contenders: torch ? [ours, { impl: "pytorch", threads: 1, run: peer }] : [ours],
    ratios: [{ key: "pytorch", ours: "tfjs-wasm", peer: "pytorch", figure: "tokensPerSecond", better: "higher" }],
    absent: torch ? [] : ["pytorch"],
  };
}
