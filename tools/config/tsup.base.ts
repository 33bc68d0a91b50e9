import type { Options } from "tsup";

/** The build of every library: ESM and CJS with types, nothing bundled that is a dependency. */
export const base = (options: Options = {}): Options => ({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "es2022",
  dts: { compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
  sourcemap: true,
  removeNodeProtocol: false,
  clean: true,
  ...options,
});
