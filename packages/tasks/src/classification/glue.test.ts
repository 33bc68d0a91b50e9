import { describe, expect, it } from "vitest";
import { glueTasks, parseTask, parseTaskTest, taskScores, type GlueTaskName } from "./glue.js";

const tabs = (line: string): string => line.replaceAll("|", "\t");

describe("parseTask", () => {
  it.each<[GlueTaskName, string[], unknown]>([
    [
      "CoLA",
      ["gj04|1||The sea is wide.", "gj04|0|*|Wide sea the."],
      [
        { text: "The sea is wide.", label: "1" },
        { text: "Wide sea the.", label: "0" },
      ],
    ],
    ["SST-2", ["sentence|label", "a fine film |1"], [{ text: "a fine film ", label: "1" }]],
    [
      "MRPC",
      ["\uFEFFQuality|#1 ID|#2 ID|#1 String|#2 String", "1|7|8|He came .|He arrived ."],
      [{ text: "He came .", pair: "He arrived .", label: "1" }],
    ],
    [
      "STS-B",
      [
        "index|genre|filename|year|old_index|source1|source2|sentence1|sentence2|score",
        "0|news|x|2012|1|a|b|A man sings.|A man is singing.|4.800",
      ],
      [{ text: "A man sings.", pair: "A man is singing.", label: 4.8 }],
    ],
    [
      "QQP",
      ["id|qid1|qid2|question1|question2|is_duplicate", "0|1|2|Why?|How so?|0", "1|3|4|Cut short"],
      [{ text: "Why?", pair: "How so?", label: "0" }],
    ],
    [
      "MNLI",
      [
        "index|promptID|pairID|genre|sentence1_binary_parse|sentence2_binary_parse|sentence1_parse|sentence2_parse|sentence1|sentence2|label1|gold_label",
        "0|1|1e|fiction|(|(|(|(|It rains.|It is wet.|neutral|entailment",
      ],
      [{ text: "It rains.", pair: "It is wet.", label: "entailment" }],
    ],
    [
      "QNLI",
      ["index|question|sentence|label", "0|Who?|He did.|not_entailment\r"],
      [{ text: "Who?", pair: "He did.", label: "not_entailment" }],
    ],
    [
      "RTE",
      ["index|sentence1|sentence2|label", "0|A.|B.|entailment", ""],
      [{ text: "A.", pair: "B.", label: "entailment" }],
    ],
    [
      "WNLI",
      ["index|sentence1|sentence2|label", '0|"It" fell.|The cup fell.|1'],
      [{ text: '"It" fell.', pair: "The cup fell.", label: "1" }],
    ],
  ])("%s", (task, lines, examples) => {
    expect(parseTask(lines.map(tabs), task)).toEqual(examples);
  });

  it("reads test files apart, which have no labels", () => {
    expect(parseTaskTest(["index|sentence", "0|Is it?"].map(tabs), "CoLA")).toEqual([{ text: "Is it?" }]);
    expect(() => parseTask(["index|sentence", "0|Is it?"].map(tabs), "CoLA")).toThrow(
      expect.objectContaining({ code: "XLM_DATA" }),
    );
    const lines = ["index|question|sentence", "0|Who?|He did."].map(tabs);
    expect(parseTaskTest(lines, "QNLI")).toEqual([{ text: "Who?", pair: "He did." }]);
  });

  it("names the line that is wrong", () => {
    const rte = (line: string) => () => parseTask(["index|sentence1|sentence2|label", line].map(tabs), "RTE");
    expect(rte("0|A.|B.|maybe")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: line 2: RTE has the label "maybe" and may have entailment, not_entailment: it would be learnt as an answer of its own, or none. Fix: give the file of this task as it was handed out]`,
    );
    expect(rte("0|A.|B.")).toThrow(expect.objectContaining({ code: "XLM_DATA", at: { line: 2 } }));
    expect(() => parseTask([], "MRPC")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: line 1: the file of MRPC begins with the columns [""]: its texts and labels are read from "#1 String", "#2 String", "Quality". Fix: give the tab-separated file of this task, with its header line]`,
    );
    expect(() => parseTask([], "GLUE" as GlueTaskName)).toThrow(expect.objectContaining({ code: "XLM_OPTION" }));
  });
});

describe("taskScores", () => {
  const gold = [1, 0, 1, 1];
  const predicted = [1, 0, 0, 1];

  it("are those the benchmark reports", () => {
    expect(taskScores("RTE", gold, predicted)).toEqual({ accuracy: 0.75 });
    expect(taskScores("MRPC", gold, predicted)).toEqual({ accuracy: 0.75, f1: 0.8 }); // 2 * 2 / (3 + 2)
    expect(taskScores("CoLA", gold, predicted)["matthews"]).toBeCloseTo(2 / Math.sqrt(12), 12); // (tp tn - fp fn) / sqrt(2 * 3 * 1 * 2)
    expect(taskScores("STS-B", [0, 1, 5], [1, 2, 3])["spearman"]).toBe(1);
    expect(taskScores("STS-B", [0, 2.5, 5], [3, 2, 1])["pearson"]).toBeCloseTo(-1, 12);
    expect(taskScores("MNLI", [0, 1, 2, 2], [0, 1, 2, 0])).toEqual({ accuracy: 0.75 });
  });

  it("of perfect answers are 1, for every task", () => {
    for (const task of Object.keys(glueTasks) as GlueTaskName[]) {
      for (const score of Object.values(taskScores(task, gold, gold))) expect(score).toBeCloseTo(1, 12);
    }
  });

  it("compare as many answers as there are", () => {
    expect(() => taskScores("RTE", [1], [1, 0])).toThrow(expect.objectContaining({ code: "XLM_SHAPE" }));
  });
});
