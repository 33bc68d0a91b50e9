import { registerWasmBackend } from "@xlm/backend-wasm";
import { runSuite } from "../suite.js";

void runSuite(async ({ threads }) => {
  await registerWasmBackend({ threads });
});
