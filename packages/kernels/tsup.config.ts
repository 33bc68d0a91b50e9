import { defineConfig } from "tsup";
import { base } from "../../tools/config/tsup.base";

export default defineConfig(
  base({ entry: { index: "src/index.ts", conformance: "src/conformance/index.ts", backend: "src/backend/index.ts" } }),
);
