import { expect, it } from "vitest";
import { simpleTokens, tokenizeLines } from "./tokenize.js";

it("lower-cases, takes accents off, and sets punctuation apart", () => {
  expect(simpleTokens("“Naomi’s” hijos, ¿dónde?")).toBe("“ naomi ’ s ” hijos , ¿ donde ?");
  expect(simpleTokens("मानव अधिकार।")).toBe("मानव अधिकार ।");
  expect(simpleTokens("cafe\u0301 1.5")).toBe("cafe 1 . 5");
  expect(simpleTokens("  ")).toBe("");
});

it("leaves text alone that is split already", () => {
  const lines = ["Don 't Touch"];
  expect(tokenizeLines(lines, "none")).toBe(lines);
  expect(tokenizeLines(lines, "simple")).toEqual(["don ' t touch"]);
});
