import { afterEach, describe, expect, it } from "vitest";
import { checkBackend, settleBackend } from "./backends.js";

const before = process.env["XLM_LIBCUDA"];
afterEach(() => {
  if (before === undefined) delete process.env["XLM_LIBCUDA"];
  else process.env["XLM_LIBCUDA"] = before;
});

describe("settleBackend", () => {
  it.each([
    ["cuda", "xlm-cuda"],
    ["wasm", "xlm-wasm"],
    ["tfjs-cpu", "cpu"],
    ["xlm-wasm", "xlm-wasm"],
    ["unknown", "unknown"],
  ])("a run remembers %s as %s", async (given, kept) => {
    const said: string[] = [];
    expect(await settleBackend(given, {}, (line) => said.push(line))).toBe(kept);
    expect(said).toEqual([]);
  });

  it("says why auto is not the GPU", async () => {
    process.env["XLM_LIBCUDA"] = "/nowhere/libcuda.so.1";
    const said: string[] = [];
    expect(await settleBackend("auto", {}, (line) => said.push(line))).toBe("xlm-wasm");
    expect(said).toEqual([
      expect.stringMatching(/^--backend auto: xlm-wasm \(NVIDIA's driver \(libcuda\) was not found; tried \/nowhere/),
    ]);
  });
});

it("checkBackend takes the names of flags and those that runs remember", () => {
  expect(checkBackend("wasm")).toBe(checkBackend("xlm-wasm"));
  expect(checkBackend("tfjs-wasm").tfjsName).toBe("wasm");
  expect(() => checkBackend("gpu")).toThrow(expect.objectContaining({ code: "XLM_OPTION" }));
});
