// Times of attention, forward and backward: node --conditions=@xlm/source --import tsx packages/backend-wasm/bench/attention.ts [threads]
import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal } from "@xlm/core";
import { registerWasmBackend, wasmInfo } from "../src/index.js";

const cases = [
  { name: "small", batch: 16, seq: 128, nHeads: 8, headDim: 32 },
  { name: "medium", batch: 8, seq: 256, nHeads: 8, headDim: 64 },
];

await registerWasmBackend({ threads: Number(process.argv[2] ?? 1), v8Flags: true });
await tf.setBackend("xlm-wasm");
const { build, trials, threads } = wasmInfo();
const peak = trials.find(({ name }) => name === build)?.gflops ?? 0;
console.log(`node ${process.version}, ${build}, ${threads} threads, tile ${peak.toFixed(0)} GFLOP/s`);

/** The shortest of `runs` times in milliseconds, after engines have compiled what they run. */
function shortest(run: () => void, runs = 25): number {
  const times = Array.from({ length: 2 * runs }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times.slice(runs));
}

for (const { name, batch, seq, nHeads, headDim } of cases) {
  const shape = [batch, seq, nHeads * headDim];
  const normal = (seed: number): tf.Tensor => {
    const out = new Float32Array(batch * seq * nHeads * headDim);
    fillNormal(createRng(seed), out);
    return tf.tensor(out, shape);
  };
  const [q, k, v, dy] = [1, 2, 3, 4].map(normal) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const lengths = tf.fill([batch], seq, "int32");
  const flops = 2 * 2 * batch * seq * seq * nHeads * headDim;
  const weights = batch * nHeads * seq * seq;
  for (const rate of [0, 0.1]) {
    for (const causal of [false, true]) {
      const attrs = { nHeads, causal, dropout: rate ? { rate, key: [3, 4] } : null } as unknown as tf.NamedAttrMap;
      const engine = tf.engine();
      const forward = (): tf.Tensor[] => engine.runKernel("XlmAttention", { q, k, v, lengths }, attrs);
      const saved = forward();
      const aux = Object.fromEntries(saved.slice(1).map((x, i) => [`aux${i}`, x]));
      const backward = (): tf.Tensor[] => engine.runKernel("XlmAttentionGrad", { dy, q, k, v, lengths, ...aux }, attrs);
      const ms = [forward, backward].map((run) => shortest(() => tf.dispose(run())));
      tf.dispose(saved);
      const line = ms.map((time, i) => {
        const work = flops * (i ? 2.5 : 1) * (causal ? 0.5 : 1);
        const beside = (time * 1e6 - work / peak) / (weights * (causal ? 0.5 : 1));
        return `${time.toFixed(2)} ms = ${(work / time / 1e6).toFixed(0)} GFLOP/s, ${beside.toFixed(2)} ns a weight beside the products`;
      });
      console.log(`${name} dropout ${rate} ${causal ? "causal" : "full"}: forward ${line[0]}; backward ${line[1]}`);
    }
  }
  tf.dispose([q, k, v, dy, lengths]);
}
