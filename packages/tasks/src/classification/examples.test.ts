import { createRng } from "@xlm/core";
import { idsToText } from "@xlm/data";
import { describe, expect, it } from "vitest";
import { learnTextCodec } from "../text-codec.js";
import { checkAnswers, indexExamples, indexPassages, labelledBatch, labelsOf, passageBatch } from "./examples.js";

const codec = learnTextCodec({ aa: ["red blue red"], bb: ["oder elb"] }, createRng(1), {
  merges: 30,
  tokenizer: "none",
});
const tokensOf = (ids: Int32Array): string[] => Array.from(ids, (id) => codec.dictionary.tokens[id]!);
const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

describe("passages", () => {
  it("are framed by sentence marks, in the language they are in", () => {
    const batch = passageBatch(indexPassages([{ text: "red blue" }, { text: "blue" }], codec, "bb"), all(2));
    expect(tokensOf(batch.ids)).toEqual(["</s>", "red", "blue", "</s>", "</s>", "blue", "</s>", "<pad>"]);
    expect([...batch.lengths]).toEqual([4, 3]);
    expect([...new Set(batch.langs)]).toEqual([1]);
    expect(batch.positions).toBeUndefined(); // 0, 1, 2...
  });

  it("share a mark as pairs, and their positions run on (concat_batches, reset_positions=False)", () => {
    const set = indexPassages([{ text: "red", pair: "blue red" }], codec, "aa");
    const batch = passageBatch(set, all(1));
    expect(tokensOf(batch.ids)).toEqual(["</s>", "red", "</s>", "blue", "red", "</s>"]);
    expect([...batch.positions!]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...batch.langs!]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...batch.lengths]).toEqual([6]);
  });

  it("are cut, the last token being the mark", () => {
    const set = indexPassages([{ text: "red blue red blue red" }], codec, "aa");
    expect(tokensOf(passageBatch(set, all(1), { maxLen: 4 }).ids)).toEqual(["</s>", "red", "blue", "</s>"]);
    expect(tokensOf(passageBatch(set, all(1), { positions: 5 }).ids)).toEqual(["</s>", "red", "blue", "red", "</s>"]);
  });

  it("get half of the positions each as a pair", () => {
    const set = indexPassages([{ text: "red blue red blue red", pair: "red blue red blue red" }], codec, "aa");
    const { ids, shape } = passageBatch(set, all(1), { positions: 7 });
    expect(shape).toEqual([1, 7]);
    expect(tokensOf(ids)).toEqual(["</s>", "red", "blue", "</s>", "red", "blue", "</s>"]);
  });

  it("may be without words", () => {
    const batch = passageBatch(indexPassages([{ text: "" }], codec, "aa"), all(1));
    expect(idsToText(batch, codec.dictionary)).toEqual([""]);
    expect([...batch.lengths]).toEqual([2]);
  });

  it("are there, all of one kind, in a language of the model", () => {
    expect(() => indexPassages([], codec, "aa")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: there are no examples in "aa": there is nothing to learn from and nothing to score. Fix: give at least one]`,
    );
    expect(() =>
      indexPassages([{ text: "red", pair: "red" }, { text: "red" }], codec, "aa"),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DataError: example 0 is a pair and example 1 is not: a model judges the one or the other. Fix: give all of them a pair, or none]`,
    );
    expect(() => indexPassages([{ text: "red" }], codec, "cc")).toThrow(
      expect.objectContaining({ code: "XLM_OPTION" }),
    );
  });
});

describe("labels", () => {
  const examples = [
    { text: "red", label: "warm" },
    { text: "blue", label: "cold" },
    { text: "red red", label: "warm" },
  ];

  it("are places among the classes, in the order asked for", () => {
    expect(labelsOf(examples)).toEqual(["cold", "warm"]);
    const set = indexExamples(examples, codec, "aa", ["cold", "warm"]);
    expect(labelledBatch(set, Int32Array.of(2, 1, 0)).labels).toEqual(Int32Array.of(1, 0, 1));
    expect(indexExamples(examples, codec, "aa", ["warm", "cold"]).labels).toEqual(Int32Array.of(0, 1, 0));
  });

  it("are numbers where numbers are asked for", () => {
    const set = indexExamples(
      [
        { text: "red", label: 2.5 },
        { text: "red", label: "4" },
      ],
      codec,
      "aa",
      "number",
    );
    expect(labelledBatch(set, all(2)).labels).toEqual(Float32Array.of(2.5, 4));
  });

  it("are known, and not empty", () => {
    const index = (label: string | number, answers: readonly string[] | "number") => () =>
      indexExamples([{ text: "red", label }], codec, "aa", answers);
    expect(index("hot", ["cold", "warm"])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the label of example 0 is "hot" and the classes are cold, warm: the model can give no other answer. Fix: use those labels, or train with examples of this class too]`,
    );
    expect(index(" ", ["cold", "warm"])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the label of example 0 is empty: it is what the model shall answer. Fix: give it a label, or leave the example out]`,
    );
    expect(index("warm", "number")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the label of example 0 is "warm": the model is asked for a number. Fix: give every example a number, or train a classifier]`,
    );
    expect(index(NaN, "number")).toThrow(expect.objectContaining({ code: "XLM_DATA" }));
    expect(() => labelsOf([{ text: "red", label: "warm" }])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: all examples are "warm": with one class there is nothing to tell apart. Fix: give examples of at least two classes]`,
    );
    expect(() => checkAnswers(["warm", "warm"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the classes are "warm", "warm": the head has one output for each, and at least two. Fix: name two or more, and each once]`,
    );
    expect(() => checkAnswers([])).toThrow(expect.objectContaining({ code: "XLM_OPTION" }));
  });
});
