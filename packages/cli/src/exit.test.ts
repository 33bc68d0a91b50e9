import { DataError, DivergenceError } from "@xlm/core";
import { expect, it } from "vitest";
import { describeError, errorJson, exitCode, Interrupted } from "./exit.js";

const parts = { what: "line 3 is empty", why: "a pair has two sides", fix: "fill it", at: { file: "a.en", line: 3 } };

it("says what, why and what to do, without a stack", () => {
  const text = describeError(new DataError(parts));
  expect(text).toBe("xlm: a.en, line 3: line 3 is empty\n  why: a pair has two sides\n  fix: fill it\n");
  expect(describeError(new DataError(parts), true)).toContain("exit.test.ts");
  expect(describeError(new Interrupted("all is saved"))).toBe("stopped as asked; all is saved\n");
  expect(describeError(new TypeError("no"))).toContain("exit.test.ts"); // ours: show where
});

it("tells a user's mistake from a diverged run, an interruption and a bug", () => {
  const codes = [new DataError(parts), new DivergenceError(parts), new Interrupted(""), new TypeError("x")].map(
    exitCode,
  );
  expect(codes).toEqual([2, 3, 130, 1]);
  expect(exitCode(Object.assign(new Error("x"), { code: "ENOSPC", path: "/d" }))).toBe(2);
  expect(describeError(Object.assign(new Error("x"), { code: "ENOSPC", path: "/d" }))).toBe(
    "xlm: /d: the disk is full\n",
  );
});

it("gives the same as JSON", () => {
  expect(errorJson(new DataError(parts))).toEqual({ error: { code: "XLM_DATA", ...parts } });
  expect(errorJson("odd")).toEqual({ error: { code: "UNEXPECTED", what: "odd" } });
});
