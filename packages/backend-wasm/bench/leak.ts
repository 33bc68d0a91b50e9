// 10,000 training steps, and what the memory holds along the way (nothing may be left behind by a step):
//   node --conditions=@xlm/source --import tsx packages/backend-wasm/bench/leak.ts [steps] [threads]
import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "../src/index.js";
import { trainTiny } from "@xlm/tools/train-tiny";

const [steps = "10000", threads = "2"] = process.argv.slice(2);
tf.env().set("PROD", true);
await registerWasmBackend({ threads: Number(threads), v8Flags: true });
await tf.setBackend("xlm-wasm");
await trainTiny(Number(steps), (step, loss, use) => {
  if (step % 1000 === 0 || step === 100) console.log(JSON.stringify({ step, loss: Number(loss.toFixed(4)), ...use }));
});
