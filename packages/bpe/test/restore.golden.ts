import { goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { restoreBpe } from "../src/index.js";

interface RestoredText {
  text: string[];
  restored: string[];
  restore_examples: { input: string; output: string }[];
}

describe("text put together again, as the original does it line by line", () => {
  const { text, restored, restore_examples } = readJson<RestoredText>(goldenDir("batches", "text.json"));
  const lines = text.map((input, i) => ({ input, output: restored[i] }));

  it.each([...lines, ...restore_examples])("$input", ({ input, output }) => {
    expect(restoreBpe(input)).toBe(output);
  });
});
