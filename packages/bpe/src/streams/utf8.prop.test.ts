import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUtf8Filter, firstInvalid } from "./utf8.js";

// Bytes at the edges of the ranges of UTF-8, and whole characters, so that sequences are often nearly right.
const edge = fc.constantFrom(0x00, 0x20, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1);
const lead = fc.constantFrom(0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
const character = fc
  .constantFrom("é", "ह", "€", "\uffff", "😀", "\u{10ffff}")
  .map((c) => [...new TextEncoder().encode(c)]);
const anyBytes = fc
  .array(
    fc.oneof(
      edge.map((byte) => [byte]),
      lead.map((byte) => [byte]),
      character,
    ),
    { maxLength: 20 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

const valid = (text: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(text);
    return true;
  } catch {
    return false;
  }
};

describe("UTF-8", () => {
  it("finds the first invalid byte where TextDecoder does", () => {
    fc.assert(
      fc.property(anyBytes, (text) => {
        const at = firstInvalid(text);
        expect(at < 0).toBe(valid(text));
        if (at >= 0) expect(valid(text.subarray(0, at))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("replaces as TextDecoder does, and leaves valid text alone", () => {
    fc.assert(
      fc.property(anyBytes, (text) => {
        const replaced = createUtf8Filter("replace")(text);
        expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(replaced)).toBe(
          new TextDecoder("utf-8", { ignoreBOM: true }).decode(text),
        );
        if (valid(text)) expect(replaced).toBe(text);
      }),
    );
  });
});
