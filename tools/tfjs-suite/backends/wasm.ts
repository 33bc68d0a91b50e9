// tfjs's own WebAssembly backend, registered by its import; many of its specs fail.
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { runSuite } from "../suite.js";

void runSuite(() => setWasmPaths("node_modules/@tensorflow/tfjs-backend-wasm/dist/")); // run.ts starts us in the root
