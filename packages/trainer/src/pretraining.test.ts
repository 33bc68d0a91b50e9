import { createRng } from "@xlm/core";
import { resumeLaws } from "@xlm/testing";
import { describe, expect, it } from "vitest";
import { tinyOptions, tinyText } from "../test/tiny.js";
import { createPretrainingData, type BatchSource, type PretrainingOptions, type TrainingBatch } from "./index.js";

const { dictionary, corpora } = tinyText();
const source = (options: PretrainingOptions = {}, seed = 1): BatchSource =>
  createPretrainingData(corpora, dictionary, createRng(seed), { ...tinyOptions, ...options });
const take = (from: BatchSource, n: number): TrainingBatch[] => Array.from({ length: n }, () => from.next());

describe("createPretrainingData", () => {
  it("alternates MLM on one language and TLM on a pair", () => {
    const batches = take(source(), 40);
    expect(batches.slice(0, 4).map(({ objective }) => objective)).toEqual(["mlm", "tlm", "mlm", "tlm"]);
    for (const { objective, langs, batch, nTokens, nSentences } of batches) {
      expect(langs).toHaveLength(objective === "mlm" ? 1 : 2);
      expect(nTokens).toBe(batch.lengths.reduce((sum, length) => sum + length, 0));
      expect(nSentences).toBeGreaterThan(0);
    }
    const seen = new Set(batches.filter(({ objective }) => objective === "mlm").map(({ langs }) => langs[0]));
    expect(seen).toEqual(new Set(["en", "xx"]));
  });

  it("gives a language its place in sorted order as id", () => {
    for (const { langs, batch } of take(source({ objectives: ["mlm"], langs: ["xx", "de", "en"] }), 20)) {
      expect(new Set(batch.langs)).toEqual(new Set([langs[0] === "en" ? 1 : 2]));
    }
  });

  it("serves CLM windows and told-apart pairs", () => {
    const [clm, pc] = take(source({ objectives: ["clm", "pc"] }), 2);
    expect(clm!.objective === "clm" && clm!.batch.targets.length).toBe(4 * 11); // all but the last of 12 tokens
    expect(pc!.objective === "pc" && pc!.labels.length).toBe(4);
    const lone = createPretrainingData(tinyText(1).corpora, dictionary, createRng(1), {
      ...tinyOptions,
      objectives: ["pc"],
    });
    const batch = lone.next();
    expect(batch.objective === "pc" && batch.labels.length).toBe(0);
  });

  it("reads every pair once an epoch, by number of sentences or of tokens", () => {
    for (const options of [{}, { tokensPerBatch: 60 }]) {
      const pairs = source({ objectives: ["tlm"], ...options });
      let sentences = 0;
      while (sentences < 60) sentences += pairs.next().nSentences;
      expect(sentences).toBe(60);
    }
  });

  it("counts sentences by their ends, not by the marks that fill up a stream", () => {
    const one = source({ objectives: ["clm"] });
    const batch = one.next();
    let ends = 0;
    batch.batch.ids.forEach((id, i, ids) => (ends += i > 0 && id === 1 && ids[i - 1] !== 1 ? 1 : 0));
    expect(batch.nSentences).toBe(ends);
  });

  describe("keeps the laws of resuming", () => {
    const create = (): BatchSource => source({ objectives: ["mlm", "tlm", "clm", "pc"] }, 4);
    const restore = (state: unknown): BatchSource => {
      const resumed = source({ objectives: ["mlm", "tlm", "clm", "pc"] }, 99); // the seed of a resumed run is not looked at
      resumed.restore(JSON.parse(JSON.stringify(state)));
      return resumed;
    };
    for (const law of resumeLaws(create, restore, { runs: 10 })) it(law.name, () => law.run());
  });

  it("writes down what it is made of", () => {
    const { settings } = source({ masking: { predictProb: 0.2 } });
    expect(settings).toMatchObject({ langs: ["en", "xx"], objectives: ["mlm", "tlm"], batchSize: 4, alpha: 0.7 });
    expect(Object.keys(settings["corpora"] as object)).toEqual(["en", "xx", "en-xx.en", "en-xx.xx"]);
    const other = createPretrainingData(tinyText(60, 6).corpora, dictionary, createRng(1), tinyOptions).settings;
    expect(other["corpora"]).not.toEqual(settings["corpora"]);
    expect(other["vocabulary"]).toEqual(settings["vocabulary"]);
  });

  it("refuses what it cannot serve", () => {
    const { mono, para } = corpora;
    const make =
      (given: Parameters<typeof createPretrainingData>[0], options: PretrainingOptions = {}) =>
      () =>
        createPretrainingData(given, dictionary, createRng(1), { ...tinyOptions, ...options });
    expect(make({ mono }, { objectives: ["mlm", "tlm"] })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: tlm has no data: it needs sentence pairs. Fix: give it sentence pairs, or leave the objective out]`,
    );
    expect(make({ para }, { objectives: ["clm"] })).toThrow(/clm has no data/);
    expect(make(corpora, { objectives: ["mt" as "mlm"] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there is no objective "mt": pretraining knows masked, translation and causal language modelling, and parallel classification. Fix: use mlm, tlm, clm or pc]`,
    );
    expect(make({})).toThrow(expect.objectContaining({ code: "XLM_OPTION" }) as Error);
    expect(make({ mono }, { langs: ["en"] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there is text in "xx" and the languages are en: the model has an embedding for each of its languages alone. Fix: name all languages in langs, or leave the text out]`,
    );
    expect(
      make({ mono: { ...mono, zz: { ids: new Int32Array(), positions: new Int32Array() } } }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the text of "zz" is empty: there is nothing to learn the language from. Fix: give it text, or leave the language out]`,
    );
    expect(make({ para: [...para, ...para] })).toThrow(/two parallel corpora "en-xx"/);
    expect(make({ para }, { maxWords: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[DataError: no pair of en-xx has 1 to 1 words on both sides: tlm would wait for ever. Fix: raise maxWords, or give other text]`,
    );
    expect(make({ mono }, { seqLen: 33 })).toThrow(/seqLen is 33/);
    expect(make({ mono }, { alpha: 0 })).toThrow(/alpha is 0/);
    const state = source().state();
    expect(() => source({ objectives: ["mlm"] }).restore(state)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the saved run read tlm en-xx and this one reads nothing: a resumed run goes on with the batches it would have had. Fix: resume with the objectives and languages of the saved run, or start a new one]`,
    );
  });
});
