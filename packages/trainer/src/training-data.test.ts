import { createRng, type PredictionBatch } from "@xlm/core";
import {
  bytesSource,
  createPageCache,
  encodeCorpus,
  joinCorpora,
  openCorpus,
  selectSentences,
  type Corpus,
} from "@xlm/data";
import { resumeLaws } from "@xlm/testing";
import { describe, expect, it } from "vitest";
import { stepsOf, tinyOptions, tinyText } from "../test/tiny.js";
import {
  createTrainingData,
  mlm,
  tlm,
  type BatchSource,
  type LabelledBatch,
  type TrainingDataOptions,
  type TrainingBatch,
} from "./index.js";

const { dictionary, corpora } = tinyText();
const source = (options: TrainingDataOptions = {}, seed = 1): BatchSource =>
  createTrainingData(corpora, dictionary, createRng(seed), { ...tinyOptions, ...options });
const take = (from: BatchSource, n: number): TrainingBatch[] => Array.from({ length: n }, () => from.next());

describe("createTrainingData", () => {
  it("alternates MLM on one language and TLM on a pair", () => {
    const batches = take(source(), 40);
    expect(batches.slice(0, 4).map(({ objective }) => objective.name)).toEqual(["mlm", "tlm", "mlm", "tlm"]);
    for (const { objective, langs, nSentences } of batches) {
      expect(langs).toHaveLength(objective.name === "mlm" ? 1 : 2);
      expect(nSentences).toBeGreaterThan(0);
    }
    const seen = new Set(batches.filter(({ objective }) => objective.name === "mlm").map(({ langs }) => langs[0]));
    expect(seen).toEqual(new Set(["en", "xx"]));
  });

  it("gives a language its place in sorted order as id", () => {
    for (const { langs, batch } of take(source({ ...stepsOf("mlm"), langs: ["xx", "de", "en"] }), 20)) {
      expect(new Set((batch as PredictionBatch).langs)).toEqual(new Set([langs[0] === "en" ? 1 : 2]));
    }
  });

  it("serves CLM windows and told-apart pairs", () => {
    const [clm, pc] = take(source(stepsOf("clm", "pc")), 2);
    expect((clm!.batch as PredictionBatch).targets.length).toBe(4 * 11); // all but the last of 12 tokens
    expect((pc!.batch as LabelledBatch).labels.length).toBe(4);
    const lone = createTrainingData(tinyText(1).corpora, dictionary, createRng(1), {
      ...tinyOptions,
      ...stepsOf("pc"),
    });
    const batch = lone.next();
    expect((batch.batch as LabelledBatch).labels.length).toBe(0);
  });

  it("reads every pair once an epoch, by number of sentences or of tokens", () => {
    for (const options of [{}, { tokensPerBatch: 60 }]) {
      const pairs = source({ ...stepsOf("tlm"), ...options });
      let sentences = 0;
      while (sentences < 60) sentences += pairs.next().nSentences;
      expect(sentences).toBe(60);
    }
  });

  it("counts sentences by their ends, not by the marks that fill up a stream", () => {
    const [en] = corpora.para[0]!.sides;
    const one = createTrainingData({ mono: { en } }, dictionary, createRng(1), { ...tinyOptions, ...stepsOf("clm") });
    const nWindows = Math.ceil(en.ids.length / (4 * 12)); // of an epoch
    const ends = take(one, nWindows).reduce((sum, { nSentences }) => sum + nSentences, 0);
    // All but those that stand last in one of the four rows, which is not served.
    expect(60 - ends).toBeLessThanOrEqual(4);
    expect(ends).toBeLessThan(60);
  });

  it("reads files and shards a slice at a time, and serves what it would serve from memory", () => {
    const cache = createPageCache({ pageBytes: 64, nPages: 4 });
    const read: number[] = [];
    const opened = (corpus: Corpus): Corpus => {
      const { bytes, manifest } = encodeCorpus(corpus, dictionary, { file: "text", lang: "en" });
      const { size, read: all } = bytesSource(bytes);
      const watched = (offset: number, length: number): Uint8Array => {
        read.push(length);
        return all(offset, length);
      };
      return openCorpus({ size, read: watched }, manifest, dictionary, { cache, verify: false });
    };
    const sharded = (corpus: Corpus): Corpus =>
      joinCorpora([0, 20, 40].map((from) => opened(selectSentences([corpus], from, from + 20)[0])));
    const sourceOf = (way: (corpus: Corpus) => Corpus): BatchSource => {
      const [en, xx] = [way(corpora.mono["en"]!), way(corpora.mono["xx"]!)];
      const given = { mono: { en, xx }, para: [{ langs: ["en", "xx"] as const, sides: [en, xx] as const }] };
      return createTrainingData(given, dictionary, createRng(1), tinyOptions);
    };
    const expected = take(source(), 40).map(({ batch }) => batch);
    expect(take(sourceOf(sharded), 40).map(({ batch }) => batch)).toEqual(expected);
    const files = sourceOf(opened);
    expect(files.settings).toEqual(source().settings); // a run from memory goes on from files
    expect(take(files, 40).map(({ batch }) => batch)).toEqual(expected);
    expect(read.length).toBeGreaterThan(0);
  });

  it("does not read the ids of an opened corpus before it serves them", () => {
    const { bytes, manifest } = encodeCorpus(corpora.mono["en"]!, dictionary, { file: "text", lang: "en" });
    const { ids, ...rest } = openCorpus(bytesSource(bytes), manifest, dictionary);
    let nRead = 0;
    const subarray: typeof ids.subarray = (from, to) => {
      nRead += to - from;
      return ids.subarray(from, to);
    };
    const en: Corpus = { ids: { length: ids.length, subarray }, ...rest };
    const data = createTrainingData({ mono: { en } }, dictionary, createRng(1), tinyOptions);
    expect(nRead).toBe(0);
    data.next();
    expect(nRead).toBeGreaterThan(0);
    expect(nRead).toBeLessThan(4 * 12 * 3);
  });

  describe("keeps the laws of resuming", () => {
    const create = (): BatchSource => source({ ...stepsOf("mlm", "tlm", "clm", "pc", "ae", "mt", "bt") }, 4);
    const restore = (state: unknown): BatchSource => {
      const resumed = source({ ...stepsOf("mlm", "tlm", "clm", "pc", "ae", "mt", "bt") }, 99); // the seed of a resumed run is not looked at
      resumed.restore(JSON.parse(JSON.stringify(state)));
      return resumed;
    };
    for (const law of resumeLaws(create, restore, { runs: 10 })) it(law.name, () => law.run());
  });

  it("writes down what it is made of", () => {
    const { settings } = source({ steps: [{ objective: mlm({ predictProb: 0.2 }) }, { objective: tlm() }] });
    expect(settings).toMatchObject({ langs: ["en", "xx"], batchSize: 4, alpha: 0.7 });
    expect(Object.keys(settings["corpora"] as object)).toEqual(["en", "xx", "en-xx.en", "en-xx.xx"]);
    const other = createTrainingData(tinyText(60, 6).corpora, dictionary, createRng(1), tinyOptions).settings;
    expect(other["corpora"]).not.toEqual(settings["corpora"]);
    expect(other["vocabulary"]).toEqual(settings["vocabulary"]);
  });

  it("refuses what it cannot serve", () => {
    const { mono, para } = corpora;
    const make =
      (given: Parameters<typeof createTrainingData>[0], options: TrainingDataOptions = {}) =>
      () =>
        createTrainingData(given, dictionary, createRng(1), { ...tinyOptions, ...options });
    expect(make({ mono }, stepsOf("mlm", "tlm"))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: tlm has no data: it needs sentence pairs. Fix: give it sentence pairs, or leave the step out]`,
    );
    expect(make({ para }, stepsOf("clm"))).toThrow(/clm has no data/);
    expect(make(corpora, { steps: [{ objective: mlm(), on: ["de"] }] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: mlm is to learn from "de" and can from en, xx: a step names its languages in their order. Fix: name one of these, or give that text]`,
    );
    expect(make(corpora, { steps: [{ objective: mlm(), on: ["en"] }, { objective: mlm() }] })).toThrow(
      /two steps are "mlm en"/,
    );
    expect(make(corpora, { steps: [{ objective: mlm(), lambda: -1 }] })).toThrow(/lambda of mlm is -1 at iteration 0/);
    expect(make(corpora, { steps: [{ objective: mlm(), draws: 0 }] })).toThrow(/draws of mlm is 0/);
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
      `[DataError: no pair for tlm en-xx has 1 to 1 words on both sides: it would wait for ever. Fix: raise maxWords, or give other text]`,
    );
    expect(make({ mono }, { seqLen: 33 })).toThrow(/seqLen is 33/);
    expect(make({ mono }, { alpha: 0 })).toThrow(/alpha is 0/);
    const state = source().state();
    expect(() => source(stepsOf("mlm")).restore(state)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the saved run read mlm en, mlm xx, tlm en-xx and this one reads mlm en, mlm xx: a resumed run goes on with the batches it would have had. Fix: resume with the steps and languages of the saved run, or start a new one]`,
    );
  });
});
