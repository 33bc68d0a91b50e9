import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, DataError, drawInt, type Rng } from "@xlm/core";
import { beforeAll, describe, expect, it } from "vitest";
import { memoryStore } from "./lab.js";
import type { Reproduction } from "./reproduction.js";
import { reproduce } from "./run.js";
import { wordEmbeddings } from "./word-embeddings.js";

const LANGS = ["de", "en", "es"];
const KINDS = 90;
const SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ma", "ne", "ri", "so", "tu"];

/** Languages of made-up words with one grammar. Word `i` of each means the same; every sixth is a name, spelt alike in all. */
const word = (lang: string, i: number): string => {
  const spelt = i % 6 === 0 ? 7 * i : 100 * (1 + LANGS.indexOf(lang)) + 7 * i;
  return [spelt % 10, Math.floor(spelt / 10) % 10, Math.floor(spelt / 100)].map((at) => SYLLABLES[at]).join("");
};

/** Each word is followed by one of two others. */
function sentences(lang: string, n: number, rng: Rng): string[] {
  return Array.from({ length: n }, () => {
    let at = drawInt(rng, KINDS);
    return Array.from({ length: 6 }, () => {
      at = (2 * at + drawInt(rng, 2)) % KINDS;
      return word(lang, at);
    }).join(" ");
  });
}

const all = Array.from({ length: KINDS }, (_, i) => i);
const files: Record<string, readonly string[]> = {};
for (const name of ["libreoffice-help/train", "multi30k/train", "bible/train"]) {
  for (const lang of LANGS) files[`${name}.${lang}`] = sentences(lang, 240, createRng(name.length)); // translations: the same draws
}
for (const lang of ["de", "es"]) {
  files[`muse/en-${lang}.txt`] = all.map((i) => `${word("en", i)}\t${word(lang, i)}`);
  files[`semeval2017-task2/en-${lang}.test.tsv`] = all.map(
    (i) => `${word("en", i)}\t${word(lang, (i * i) % 9)}\t${i % 5}`,
  );
}
for (const name of ["emoji-names", "languages", "territories"]) {
  files[`cldr/${name}.tsv`] = [
    "code\ten\tfr\tde\tes",
    "x\tTwo words\tun\tein\tuno",
    `y\t${word("en", 1)}\t\t\t${word("es", 1)}`,
  ];
}
const read = (name: string): readonly string[] => {
  const lines = files[name];
  if (lines) return lines;
  throw new DataError({ what: `there is no ${name}`, why: "it is read", fix: "put it there" });
};
const sizes = {
  ...{ merges: 200, monoMerges: 100, embDim: 16, batchSize: 8, seqLen: 8, updates: 18, lr: 0.02, warmup: 3 },
  ...{ minCount: 2, judgedMinCount: 2, vocabulary: 100 },
};
const run = (variant: "full" | "shipped"): Promise<Reproduction> =>
  reproduce(wordEmbeddings, read, memoryStore(), { variant, sizes, seeds: [1] });

describe("wordEmbeddings", () => {
  let result: Reproduction;
  beforeAll(async () => {
    await tf.setBackend("cpu");
    result = await run("full");
  });

  it("compares three tables on the same words, the same with the same seed", async () => {
    expect(result.complete).toBe(true);
    expect(result.rows.map(({ arm }) => arm)).toEqual(["untrained", "aligned", "xlm"]);
    expect(result.columns.map(({ name }) => name)).toEqual([
      ...["cosine", "l2", "ratio", "nn1", "csls1", "csls5", "pearson"],
    ]);
    for (const { mean } of result.rows) expect(Object.values(mean).every(Number.isFinite)).toBe(true);
    const [, aligned, xlm] = result.rows; // what is spelt alike is alike in one table alone
    expect(xlm!.mean["cosine"]).toBeGreaterThan(aligned!.mean["cosine"]!);
    expect(result.stages.map(({ name, updates }) => [name, updates])).toEqual([
      ["seed-1/mono-de/mlm", 6],
      ["seed-1/mono-en/mlm", 6],
      ["seed-1/mono-es/mlm", 6],
      ["seed-1/joint/mlm", 18],
    ]);
    expect(await run("full")).toEqual(result);
  });

  it("draws words and their translations, none spelt alike", () => {
    const { pictures, samples } = result;
    const picture = pictures.find(({ arm }) => arm === "xlm")!.picture;
    if (picture.kind !== "map") throw new Error("no map");
    expect(picture.links.length).toBeGreaterThan(2);
    for (const [from, to] of picture.links) {
      const [a, b] = [picture.points[from]!, picture.points[to]!];
      expect([a.group, b.group]).toEqual(["en", "de"]);
      expect(files["muse/en-de.txt"]).toContain(`${a.label}\t${b.label}`);
      expect(a.label).not.toBe(b.label);
    }
    expect(samples.map(({ arm }) => arm)).toEqual(["untrained", "aligned", "xlm"]);
  });

  it("finds a dictionary in translated verses, and has no judged words there", async () => {
    const { columns, facts, rows } = await run("shipped");
    expect(columns.map(({ name }) => name)).not.toContain("pearson");
    expect(facts.find(([label]) => label === "en-es")?.[1]).toMatch(/^\d+ pairs to align with, \d+ to score$/);
    expect(rows.every(({ mean }) => Number.isFinite(mean["csls1"]))).toBe(true);
  });

  it("gives every language lines of its own", () => {
    const { facts } = wordEmbeddings.open(read, "full", { ...wordEmbeddings.sizes.full, ...sizes });
    const lines = facts.slice(0, 3).map(([, value]) => Number(value.split(" ")[0]));
    expect(lines).toEqual([240 / 3 + 240 / 2, 240 / 3 + 240 / 2, 240 / 3]);
  });

  it("says which file is wrong", () => {
    const open = (change: Record<string, readonly string[]>): unknown =>
      wordEmbeddings.open((name) => change[name] ?? read(name), "full", { ...wordEmbeddings.sizes.full, ...sizes });
    expect(() => open({ "muse/en-de.txt": ["sun\tsonne", "moon"] })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: muse/en-de.txt, line 2: there are 1 columns: a line has 2, with tabs between. Fix: use the file that its README describes]`,
    );
    expect(() => open({ "muse/en-es.txt": ["sun\tsol"] })).toThrow(/are in the text/);
  });
});
