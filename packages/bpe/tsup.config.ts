import { defineConfig } from "tsup";
import { base } from "../../tools/config/tsup.base";

export default defineConfig([
  base({
    entry: { index: "src/index.ts", node: "src/node/index.ts" },
    clean: ["!command.js", "!worker.js"], // the two builds run side by side
  }),
  // The command and its threads, each alone and in one file: small texts are done before the modules of a library would be loaded.
  base({
    entry: { command: "src/node/command.ts", worker: "src/node/worker.ts" },
    format: ["esm"],
    dts: false,
    sourcemap: false,
    splitting: false,
    treeshake: true,
    clean: false,
    noExternal: ["@xlm/core"],
    esbuildOptions: (options) => {
      options.conditions = ["@xlm/source"];
    },
  }),
]);
