import { OptionError, ShapeError } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { compareArrays, matchers, type XlmMatchers } from "./index.js";

declare module "vitest" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-explicit-any
  interface Matchers<T = any> extends XlmMatchers<T> {}
}

expect.extend(matchers);

describe("toMatchArray", () => {
  it("compares exactly unless told otherwise", () => {
    expect(Int32Array.of(1, 2)).toMatchArray([1, 2]);
    expect([1n, 2n]).toMatchArray([1, 2]);
    expect([1, 2]).not.toMatchArray([1, 2 + 1e-15]);
    expect([0, NaN]).toMatchArray([-0, NaN]);
  });

  it("allows atol plus rtol times the expected value", () => {
    expect([10.1, 0.1]).toMatchArray([10, 0], { atol: 0.1, rtol: 0.01 });
    expect([10.3, 0.1]).not.toMatchArray([10, 0], { atol: 0.1, rtol: 0.01 });
    expect([3]).not.toMatchArray([Infinity], { rtol: 1 });
    expect([Infinity]).toMatchArray([Infinity], { rtol: 1 });
  });

  it("names the worst element", () => {
    expect(compareArrays([1, 2.5, 9], [1, 2, 3], { atol: 0.1 }).message()).toBe(
      "2 of 3 elements are off; worst is element 2: 9, expected 3 (atol 0.1, rtol 0)",
    );
    expect(compareArrays([NaN, 5], [1, 1]).message()).toContain("worst is element 0: NaN, expected 1");
    expect(compareArrays([1], [1, 2]).message()).toBe("there are 1 elements, expected 2");
    expect(compareArrays([1], [1]).message()).toBe("all 1 elements agree within atol 0, rtol 0");
  });
});

describe("toThrowXlm", () => {
  const parts = { what: "alpha is -1", why: "it is a power", fix: "use 0 or more" };
  const fail = (): never => {
    throw new OptionError(parts);
  };

  it("looks at the code, and at the message when given", async () => {
    expect(fail).toThrowXlm("XLM_OPTION");
    expect(fail).toThrowXlm("XLM_OPTION", "alpha is -1");
    expect(fail).toThrowXlm("XLM_OPTION", /Fix: use 0/);
    expect(fail).not.toThrowXlm("XLM_OPTION", /beta/);
    expect(fail).not.toThrowXlm("XLM_SHAPE");
    await expect(Promise.reject(new ShapeError(parts))).rejects.toThrowXlm("XLM_SHAPE");
  });

  it("says what was thrown instead", () => {
    const message = (received: unknown, code: string, text?: string): string =>
      matchers.toThrowXlm(received, code, text).message();
    expect(message(() => 1, "XLM_OPTION")).toBe("expected an error XLM_OPTION, got none");
    expect(message(() => JSON.parse("{"), "XLM_DATA", "line 3")).toMatch(
      /^expected an error XLM_DATA with line 3, got SyntaxError: /,
    );
    expect(message(fail, "XLM_OPTION")).toMatch(/^XLM_OPTION: alpha is -1: .* and should not have been$/);
  });
});
