// Raw sentences to ids with the codes and vocabularies of the released models, against what the original programs made of them.
import fs from "node:fs";
import { dataDir } from "@xlm/tools/golden";
import { afterAll, describe, expect, it } from "vitest";
import { readDataFolder } from "../src/data-folder.js";
import { workFolder, xlm } from "./io.js";

const work = workFolder();
afterAll(() => work.remove());

type Sentence = Readonly<Record<string, unknown>> & { readonly lang: string; readonly raw: string };

const sentences = fs
  .readFileSync(dataDir("preprocess-golden", "xlm-preprocess.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Sentence);
const models = fs
  .readdirSync(dataDir("xlm-bpe"))
  .flatMap((file) => /^codes_(\w+)\.gz$/.exec(file)?.[1] ?? [])
  .map((name) => ({ name, field: name.replaceAll("_", "") }));
if (models.length === 0) throw new Error("no codes_NAME.gz found");
const recorded = Object.keys(sentences[0] ?? {}).filter((field) => field.endsWith("_ids"));
if (recorded.length === 0) throw new Error("no sentence with ids found");

async function preprocess(
  out: string,
  args: readonly string[],
): Promise<{ texts: { lang: string; unknown: number }[] }> {
  const { code, stdout, stderr } = await xlm(["preprocess", "--out", work.path(out), "--json", ...args]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as { texts: { lang: string; unknown: number }[] };
}

describe.each(models)("released codes $name", ({ name, field }) => {
  const own = sentences.filter((sentence) => sentence[`${field}_ids`] !== undefined);
  const langs = [...new Set(own.map(({ lang }) => lang))];
  // The record was made, like the models, with the Moses scripts of 2019. The 15-language models read lower-cased text coded
  // without a vocabulary and have the first 95,000 ids; the others read cased text coded with it.
  const flags = name.startsWith("xnli")
    ? ["--tokenize", "moses-lower", "--max-vocab", "95000"]
    : ["--tokenize", "moses", "--split-unknown"];

  it(`gives the recorded ids in ${langs.length} languages`, async () => {
    expect(own.length).toBeGreaterThan(0);
    const files = langs.map((lang) => {
      const lines = own.filter((sentence) => sentence.lang === lang).map(({ raw }) => `${raw}\n`);
      return `${lang}=${work.write(`${name}.${lang}`, lines.join(""))}`;
    });
    const released = ["--codes", dataDir("xlm-bpe", `codes_${name}`), "--vocab", dataDir("xlm-bpe", `vocab_${name}`)];
    const { texts } = await preprocess(name, ["--test", ...files, ...released, ...flags, "--moses", "2019"]);

    const { mono } = readDataFolder(work.path(name));
    expect(mono.map(({ lang }) => lang)).toEqual(langs);
    for (const { lang, corpus } of mono) {
      const ids = corpus.ids.subarray(0, corpus.ids.length);
      const positions = corpus.positions.subarray(0, corpus.positions.length);
      const expected = own.filter((sentence) => sentence.lang === lang).map((sentence) => sentence[`${field}_ids`]);
      const ours = expected.map((_, i) => Array.from(ids.subarray(positions[2 * i], positions[2 * i + 1])));
      expect(ours).toEqual(expected);
    }
    const all = own.flatMap((sentence) => sentence[`${field}_ids`] as number[]);
    const unknown = texts.reduce((sum, text) => sum + text.unknown, 0);
    expect(unknown).toBe(all.filter((id) => id === 3).length);
    console.log(`${name}: ${own.length} sentences, ${unknown} of ${all.length} subwords unknown`);
  });
});

describe("text that fastBPE coded", () => {
  const folder = dataDir("preprocess-golden", "learnbpe-en-fr");
  const texts = fs.readdirSync(folder).flatMap((file) => {
    const match = /^(.+)\.tok\.(\w+)$/.exec(file);
    return match ? [{ set: match[1] as string, lang: match[2] as string }] : [];
  });

  it("has the recorded vocabulary and subwords", async () => {
    expect(texts.length).toBeGreaterThan(0);
    const files = texts.map(({ set, lang }) => `${lang}=${folder}/${set}.tok.${lang}`);
    await preprocess("coded", ["--text", ...files, "--tokenize", "none", "--codes", `${folder}/codes`]);
    expect(fs.readFileSync(work.path("coded", "vocab"), "utf8")).toBe(fs.readFileSync(`${folder}/vocab`, "utf8"));
    const { mono, dictionary } = readDataFolder(work.path("coded"));
    for (const [i, { set, lang }] of texts.entries()) {
      const { ids } = mono[i]!.corpus;
      const words = Array.from(ids.subarray(0, ids.length), (id) =>
        id === dictionary.eosId ? "\n" : dictionary.tokens[id],
      );
      const text = words.join(" ").replaceAll(" \n", "\n").replaceAll("\n ", "\n").split("\n").slice(0, -1);
      expect(text).toEqual(fs.readFileSync(`${folder}/${set}.bpe.${lang}`, "utf8").split("\n").slice(0, -1));
    }
  });
});
