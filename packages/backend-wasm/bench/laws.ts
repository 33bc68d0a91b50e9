import * as tf from "@tensorflow/tfjs-core";
import { kernelLaws } from "@xlm/kernels/conformance";
import { registerWasmBackend } from "../src/index.js";
tf.env().set("PROD", true);
const [threads = "1", only = ""] = process.argv.slice(2);
await registerWasmBackend({ threads: Number(threads), v8Flags: true });
let ok = 0;
for (const law of kernelLaws({ backend: "xlm-wasm" })) {
  if (!law.name.startsWith(only)) continue;
  try {
    await law.run();
    ok++;
  } catch (error) {
    console.log("FAIL", law.name, "::", String((error as Error).message).slice(0, 300));
  }
}
console.log(ok, "ok", tf.memory());
