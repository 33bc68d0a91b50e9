import { kernelLaws } from "@xlm/kernels/conformance";
import { beforeAll, describe, expect, it } from "vitest";
import { BACKEND_NAME, registerWasmBackend, wasmInfo } from "./index.js";

// Which builds this Node runs, with V8's flags: a test run is a process of its own.
await registerWasmBackend({ threads: 1, v8Flags: true });
const { trials } = wasmInfo();

it("runs every build on Node with V8's flags", () => {
  expect(trials.map(({ name, verdict }) => [name, verdict])).toEqual([
    ["portable", "works"],
    ["portable-wide", "works"],
    ["relaxed", "works"],
    ["relaxed-wide", "works"],
  ]);
});

const working = trials.filter(({ verdict }) => verdict === "works").map(({ name }) => name);
const runs = working.flatMap((build) => [1, 2].map((threads) => ({ build, threads })));

describe.each(runs)(`the kernels on Node ${process.versions.node}, build $build, threads $threads`, (options) => {
  beforeAll(() => registerWasmBackend({ ...options, v8Flags: true }));

  it("is the build and the number of threads that were asked for", () => {
    expect(wasmInfo()).toMatchObject({ ...options, threadsNote: null });
  });

  for (const law of kernelLaws({ backend: BACKEND_NAME })) it(law.name, law.run);
});
