import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nonbreakingPrefixes, parsePrefixes } from "./prefixes.js";
import { PREFIX_TABLES } from "./tables.js";

const word = fc.stringMatching(/^[^#\r\n\0\uFFFD][^\r\n\0\uFFFD]{0,5}$/u).filter((text) => !/numeric|^0$/i.test(text));

describe("laws of prefixes", () => {
  it("a list written in Moses's format is read back", () => {
    fc.assert(
      fc.property(fc.uniqueArray(word), fc.nat(), (words, cut) => {
        const numeric = words.slice(0, cut % (words.length + 1));
        const always = words.slice(numeric.length);
        const lines = ["# own", ...always, "", ...numeric.map((text) => `${text} #NUMERIC_ONLY#`)];
        expect(parsePrefixes(lines.join("\n"))).toEqual({ always: new Set(always), numericOnly: new Set(numeric) });
      }),
    );
  });

  it.each([...PREFIX_TABLES.keys()])("no word of %s is of both kinds", (lang) => {
    const { always, numericOnly } = nonbreakingPrefixes(lang);
    expect([...numericOnly].filter((text) => always.has(text))).toEqual([]);
  });
});
