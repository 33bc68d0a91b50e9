// Bundles the programs that run on a GPU machine, one file each: bundle.ts OUTDIR
import path from "node:path";
import { build, type Plugin } from "esbuild";

const tools = path.resolve(import.meta.dirname, "..");
const entryPoints = {
  smoke: "gpu/smoke.ts",
  conformance: "gpu/conformance.ts",
  training: "gpu/training.ts",
  "tfjs-suite": "gpu/tfjs-suite.ts",
  "tfjs-suite-specs": "tfjs-suite/backends/xlm-cuda.ts",
  bench: "bench/main.ts",
  "peers/cuda-step": "bench/peers/cuda-step.ts",
};

/** Of the benchmarks, which main.ts loads by name, only the one for GPUs comes along. */
const oneBenchmark: Plugin = {
  name: "one benchmark",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\// }, ({ kind, path: name, importer }) =>
      kind === "dynamic-import" && importer.endsWith("bench/main.ts") && name !== "./cuda-step.js"
        ? { path: name, external: true }
        : undefined,
    );
  },
};

const [outdir = ""] = process.argv.slice(2);
await build({
  entryPoints: Object.fromEntries(Object.entries(entryPoints).map(([name, file]) => [name, path.join(tools, file)])),
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  conditions: ["@xlm/source"],
  mainFields: ["module", "main"], // tfjs-core's modules: one copy, which its tests import by path
  ignoreAnnotations: true, // "sideEffects" of tfjs-core does not name its tests
  alias: { vitest: path.join(import.meta.dirname, "expect.ts") },
  external: ["koffi"], // finds its own library beside itself
  plugins: [oneBenchmark],
  logLevel: "error",
});
