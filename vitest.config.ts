import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const ssr = { resolve: { conditions: ["@xlm/source", ...defaultServerConditions] } };
const setupFiles = ["tools/src/setup.ts"];
// Only to end what hangs: a busy machine may take ten times as long as an idle one.
const limits = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    reporters: process.env["CI"] ? ["default", "./tools/src/ci-reporter.ts"] : ["default"],
    coverage: {
      provider: "v8",
      reporter: ["text", "json-summary"],
      // What must be covered: everything from core to checkpoint, and the laws that others rely on.
      include: ["packages/{core,testing,text,bpe,data,sampler,objectives,metrics,checkpoint}/src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      thresholds: { lines: 95 },
    },
    projects: [
      {
        ssr,
        test: {
          name: "node",
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
          setupFiles,
          ...limits,
        },
      },
      {
        ssr,
        test: { name: "golden", include: ["packages/*/test/**/*.golden.ts"], setupFiles, ...limits },
      },
      {
        ssr, // Node drives Chromium: the pages are bundled and served by the tests
        test: {
          name: "browser",
          include: ["packages/*/test/**/*.browser.ts"],
          setupFiles,
          ...limits,
          fileParallelism: false,
        },
      },
      {
        ssr, // kernels of backend-cuda on the host emulator of tools/cuda-emulator
        test: {
          name: "cuda",
          include: ["packages/*/test/**/*.cuda.ts"],
          setupFiles,
          ...limits,
        },
      },
      { ssr, test: { name: "readme", include: ["tools/readme/*.ts"], setupFiles, ...limits } },
    ],
  },
});
