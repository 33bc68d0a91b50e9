import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { createRng, drawInt } from "@xlm/core";
import { beforeAll, describe, expect, it } from "vitest";
import type { ReadLines } from "./experiment.js";
import { memoryStore } from "./lab.js";
import { reproduce } from "./run.js";
import { readXnliText } from "./xnli-text.js";
import { xnli, type XnliSizes } from "./xnli.js";

// Made-up verses: twelve books, two for each part, which shows in one word of each verse.
const BOOKS = [
  ...["Genesis", "Deuteronomy", "Joshua", "Esther", "Job", "Song of Solomon"],
  ...["Isaiah", "Malachi", "Matthew", "John", "Romans", "Jude"],
];
const WORDS = ["rule", "king", "song", "seer", "news", "note"];
const bible: ReadLines = (name) => {
  const rng = createRng(1);
  const of = (book: number, i: number): string => {
    const line = `the ${WORDS[Math.floor(book / 2)]} ${["sees", "calls", "finds"][drawInt(rng, 3)]} verse ${i}`;
    if (name.endsWith(".ref")) return `${BOOKS[book]} 1:${i + 1}`;
    return name.endsWith(".en") ? line : line.replaceAll(/[a-z]+/g, (word) => `${[...word].reverse().join("")}o`);
  };
  return BOOKS.flatMap((_, book) => Array.from({ length: 30 }, (__, i) => of(book, i)));
};

const small: XnliSizes = {
  ...{ merges: 60, embDim: 16, hiddenDim: 16, nLayers: 1, nHeads: 1, maxLen: 32, dropout: 0 },
  ...{ useLangEmb: true, attentionGain: 4 },
  ...{ batchSize: 8, seqLen: 12, maxWords: 30, sampleAlpha: 0.5, updates: 40, lr: 0.01, warmup: 5 },
  tune: { bible: { updates: 60, times: 2 } },
  ...{ tuneBatchSize: 16, tuneLr: 0.02, tuneWarmup: 5, tuneDropout: 0.1 },
  ...{ maxValid: 30, maxTest: 30 },
};

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend("xlm-wasm");
});

describe("xnli", () => {
  it("runs all arms, learns in English, and gives the same table with the same seed", async () => {
    const before = tf.memory().numTensors;
    const run = () => reproduce(xnli, bible, memoryStore(), { variant: "shipped", sizes: small, seeds: [3] });
    const first = await run();
    expect(first.complete).toBe(true);
    expect(first.rows.map(({ arm }) => arm)).toEqual(["none", "mlm", "mlm-tlm"]);
    expect(first.columns.map(({ name }) => name)).toEqual(["bible mean", "bible en"]);
    for (const { mean } of first.rows) expect(mean["bible en"]).toBeGreaterThan(50); // of six classes
    expect(first.verdicts.map(({ better, worse }) => [better, worse])).toEqual([
      ["mlm", "none"],
      ["mlm-tlm", "mlm"],
    ]);
    const [, , mlm, , , both] = first.stages.map(({ name, updates }) => ({ name, updates }));
    expect(mlm).toEqual({ name: "seed-3/mlm/pretrain", updates: 40 });
    expect(both).toEqual({ name: "seed-3/mlm-tlm/pretrain", updates: 40 });
    const [{ picture }] = first.pictures as [(typeof first.pictures)[number]];
    expect(picture.kind === "confusion" && picture.counts.flat().reduce((sum, count) => sum + count)).toBe(60); // twice
    expect(JSON.stringify(await run())).toBe(JSON.stringify(first));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("pretrains on no verse that is asked about, in either language", () => {
    const { mono, para, tasks } = readXnliText(bible, "shipped");
    const [{ test, valid, labels }] = tasks as [(typeof tasks)[number]];
    expect(labels).toEqual(["gospels", "history", "law", "letters", "poetry", "prophets"]);
    expect(test["es"]).toHaveLength(36); // a tenth of 12 books of 30 verses
    const asked = [...valid, ...Object.values(test).flat()].map(({ text }) => text);
    const seen = new Set([...Object.values(mono), ...para.flatMap(({ sides }) => sides)].flat());
    expect(asked.filter((line) => seen.has(line))).toEqual([]);
    expect(para[0]!.sides[0]).toEqual(mono["en"]);
  });

  it("reads the tasks and the text of the full variant", () => {
    const read: ReadLines = (name) => {
      if (name.startsWith("sib200"))
        return ["index_id\tcategory\ttext", "7\ttravel\tA boat leaves.", "9\tsports\tA ball rolls."];
      const rows = ["It rains.\tIt is wet.\tyes", "It rains.\tIt is dry.\tno"];
      if (name.endsWith(".tsv")) return Array.from({ length: 12 }, (_, i) => rows[i % 2]!);
      return [`one of ${name}`, `two of ${name}`];
    };
    const { mono, para, tasks } = readXnliText(read, "full");
    expect(Object.keys(mono)).toEqual(["de", "en", "es", "fr"]);
    expect(para.map(({ langs }) => langs.join("-"))).toEqual(["en-de", "en-es", "en-fr"]);
    for (const { sides } of para) expect(sides[0]).toHaveLength(sides[1].length);
    expect(para[1]!.sides.map((side) => side[0])).toEqual([
      "one of libreoffice-help/train.en",
      "one of libreoffice-help/train.es",
    ]);
    expect(tasks.map(({ name, test }) => [name, Object.keys(test).join()])).toEqual([
      ["sib200", "de,en,es,fr"],
      ["xnli", "de,en,es,fr"],
      ["pawsx", "de,en,es,fr"],
    ]);
    expect(tasks[0]!.train).toEqual([
      { text: "A boat leaves.", label: "travel" },
      { text: "A ball rolls.", label: "sports" },
    ]);
    expect(tasks[1]!.valid[0]).toEqual({ text: "It rains.", pair: "It is wet.", label: "yes" });
    expect(() => readXnliText(() => ["one column"], "full")).toThrow(expect.objectContaining({ code: "XLM_DATA" }));
  });
});
