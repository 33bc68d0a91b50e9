import { kernelLaws } from "@xlm/kernels/conformance";
import { beforeAll, describe, it } from "vitest";
import { registerWasmBackend } from "../index.js";

describe.each([1, 2])("attention on %i threads", (threads) => {
  beforeAll(() => registerWasmBackend({ threads }));
  for (const law of kernelLaws({ backend: "xlm-wasm" })) if (law.name.startsWith("Attention")) it(law.name, law.run);
});
