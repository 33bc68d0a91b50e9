// One training step on the backend, with the time of each kernel:
//   node --conditions=@xlm/source --import tsx packages/backend-wasm/bench/step.ts [small|medium] [threads] [profile]
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TokenBatch } from "@xlm/core";
import { maskTokens } from "@xlm/objectives";
import { createTensorOptimizer, mlm, parseOptimizer, trainStep } from "@xlm/trainer";
import { createTransformer } from "@xlm/transformer";
import { registerWasmBackend, wasmInfo } from "../src/index.js";

const [size = "small", threads = "1", profile] = process.argv.slice(2);
const sizes = size === "medium" ? [6, 512, 8, 16000, 8, 256] : [4, 256, 8, 8000, 16, 128];
const [nLayers = 0, embDim = 0, nHeads = 0, vocabSize = 0, rows = 0, seq = 0] = sizes;
tf.env().set("PROD", true);
await registerWasmBackend({ threads: Number(threads), v8Flags: true });
await tf.setBackend("xlm-wasm");
const rng = createRng(1);
const model = createTransformer(
  { vocabSize, nLangs: 2, embDim, nLayers, nHeads, dropout: 0.1, attentionDropout: 0.1 },
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
async function step(): Promise<number> {
  const masked = maskTokens(batch, vocab, rng);
  const start = performance.now();
  await trainStep(model, optimizer, [{ objective: mlm(), batch: masked }], { dropoutRng: rng });
  return performance.now() - start;
}
const times: number[] = [];
const { build, trials } = wasmInfo();
console.log(process.version, build, trials.map(({ name, gflops }) => `${name} ${gflops.toFixed(0)}`).join(", "));
for (let i = 0; i < 12; i++) times.push(await step());
const median = [...times.slice(4)].sort((a, b) => a - b)[4] as number;
console.log(
  times.map((ms) => ms.toFixed(0)).join(" "),
  "ms; median",
  median.toFixed(0),
  "tokens/s",
  ((rows * seq * 1000) / median).toFixed(0),
  "peak MiB",
  (process.resourceUsage().maxRSS / 1024).toFixed(0),
);
if (profile) {
  const sums = new Map<string, [number, number]>();
  const backend = tf.getBackend();
  for (const { kernelName, kernelFunc, backendName } of tf.getKernelsForBackend(backend)) {
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: (params) => {
        const start = performance.now();
        const out = kernelFunc(params);
        const [time, calls] = sums.get(kernelName) ?? [0, 0];
        sums.set(kernelName, [time + performance.now() - start, calls + 1]);
        return out;
      },
    });
  }
  const total = await step();
  let inside = 0;
  for (const [name, [time, calls]] of [...sums].sort((a, b) => b[1][0] - a[1][0])) {
    inside += time;
    console.log(name.padEnd(28), time.toFixed(1).padStart(9), "ms", String(calls).padStart(5), "calls");
  }
  console.log(`outside of kernels ${(total - inside).toFixed(1)} ms of ${total.toFixed(1)}`);
}
