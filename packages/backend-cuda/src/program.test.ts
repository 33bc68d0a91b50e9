import { describe, expect, it } from "vitest";
import { createProgram, programOf } from "./program.js";

describe("createProgram", () => {
  it("reads names, threads and parameters from the text", () => {
    const { kernels, text } = createProgram(
      "example",
      `KERNEL(256, scale, const float* x, float* to, int n, unsigned key, float by, long long step) { }
       KERNEL(THREADS, late, int n) { }
KERNEL(THREADS, wide,
       unsigned long long* spans) { }`,
      { WARPS: 2 },
    );
    expect([...kernels.values()]).toEqual([
      { name: "scale", threads: 256, parameters: ["pointer", "pointer", "int", "unsigned", "float", "long"] },
      { name: "wide", threads: 64, parameters: ["pointer"] },
    ]);
    expect(text).toContain("#define WARPS 2\n");
  });

  it("refuses a parameter that it cannot pack", () => {
    expect(() => createProgram("example", "KERNEL(256, odd, double x) { }")).toThrow(
      /a kernel has the parameter double x/,
    );
  });
});

it("programOf gives one text another name for other sizes", () => {
  const sizes = { DIM: 64, WARPS: 4, LOOP: 32, MATH: 1 };
  const { name, kernels } = programOf("attention", sizes);
  expect(name).toBe("attention-64-4-32-1");
  expect([...kernels].map(([kernel, { threads }]) => [kernel, threads])).toEqual([
    ["attention", 128],
    ["attention_dots", 256],
    ["attention_grad_keys", 128],
    ["attention_grad_queries", 128],
  ]);
});
