import type { Engine } from "../engine.js";
import { createWasmCoder } from "./coder.js";
import { kernelModule } from "./kernel.js";
import { createWasmTable } from "./table.js";

/** The engine of the WebAssembly module in `assembly/`, or `undefined` where it does not run. */
export function wasmEngine(): Engine | undefined {
  const module = kernelModule();
  return (
    module && {
      name: "wasm",
      createTable: () => createWasmTable(module),
      createCoder: (codes, vocab, options) => createWasmCoder(module, codes, vocab, options),
    }
  );
}
