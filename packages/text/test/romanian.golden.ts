// The Romanian steps of XLM's get-data-nmt.sh, stage by stage.
import fs from "node:fs";
import { goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { createMosesTokenizer, normalizeRomanian, removeRomanianDiacritics } from "../src/index.js";

interface Stages {
  clean: string;
  normalised: string;
  no_diacritics: string;
  tok: string;
}

const files = fs.readdirSync(goldenDir("tokenizer")).flatMap((file) => /^(\w+)_nmt\.json$/.exec(file)?.[1] ?? []);
if (files.length === 0) throw new Error("no LANG_nmt.json found");

describe.each(files)("translation data of %s", (lang) => {
  const lines = readJson<Stages[]>(goldenDir("tokenizer", `${lang}_nmt.json`));

  it("has lines that every step changes", () => {
    expect(lines.some((line) => line.clean !== line.normalised)).toBe(true);
    expect(lines.some((line) => line.normalised !== line.no_diacritics)).toBe(true);
  });

  it("has commas for cedillas, then bare letters, then tokens", () => {
    const split = createMosesTokenizer(lang);
    for (const line of lines) {
      expect(normalizeRomanian(line.clean)).toBe(line.normalised);
      expect(removeRomanianDiacritics(line.normalised)).toBe(line.no_diacritics);
      expect(split(line.no_diacritics)).toBe(line.tok);
    }
  });
});
