import { DataError, OptionError, ShapeError } from "@xlm/core";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  chrf,
  corpusBleu,
  f1,
  matthews,
  multiBleu,
  pearson,
  perplexity,
  sentenceBleu,
  spearman,
  tokenize,
  type Smoothing,
  type Tokenizer,
} from "./index.js";

describe("perplexity", () => {
  it("of three guesses among eight is eight", () => {
    expect(perplexity(3 * Math.log(8), 3)).toBeCloseTo(8, 12);
  });

  it("is higher per word than per token: the same loss over fewer units", () => {
    const [sumNll, tokens, words] = [40, 20, 10];
    expect(perplexity(sumNll, tokens)).toBe(Math.exp(2));
    expect(perplexity(sumNll, words)).toBe(Math.exp(4));
  });

  it("of nothing is refused", () => {
    for (const n of [0, -1, NaN, Infinity]) expect(() => perplexity(1, n)).toThrow(OptionError);
    expect(() => perplexity(0, 0)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: perplexity over 0 tokens: it is a mean over what was predicted. Fix: evaluate on text with at least one predicted token]`,
    );
  });
});

describe("classification", () => {
  const gold = [1, 1, 1, 0, 0];
  const predicted = [0, 1, 1, 0, 1];

  it("accuracy is the share of right ones", () => {
    expect(accuracy(gold, predicted)).toBe(0.6);
  });

  it("binary F1 is that of class 1: two hits, one false alarm, one miss", () => {
    expect(f1(gold, predicted)).toBeCloseTo(2 / 3, 12); // precision and recall are both 2/3
    expect(f1([0, 0], [0, 0])).toBe(0);
  });

  it("micro F1 is the accuracy, macro F1 the mean of the classes", () => {
    expect(f1(gold, predicted, { average: "micro" })).toBe(0.6);
    expect(f1(gold, predicted, { average: "macro" })).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
    expect(f1([0, 1, 2], [0, 1, 1], { nClasses: 3 })).toBeCloseTo(2 / 3, 12);
    expect(f1([0, 1, 2], [0, 1, 1], { nClasses: 3, average: "macro" })).toBeCloseTo((1 + 2 / 3 + 0) / 3, 12);
  });

  it("Matthews of two classes is the correlation of 0 and 1", () => {
    expect(matthews(gold, predicted)).toBeCloseTo(pearson(gold, predicted), 12);
    expect(matthews([0, 1, 2], [0, 1, 2])).toBe(1);
    expect(matthews([0, 1], [1, 0])).toBe(-1);
    expect(matthews([1, 1, 1], [0, 1, 1])).toBe(0); // nothing to correlate with
  });

  it("refuses what cannot be compared", () => {
    expect(() => accuracy([1], [1, 0])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: classes: 1 and 2: they are compared one by one. Fix: pass lists of the same length, in the same order]`,
    );
    expect(() => matthews([], [])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: classes: 0: the score is defined from 1 on. Fix: pass more of them]`,
    );
    expect(() => f1([0, 2], [0, 1])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: gold class 1 is 2 and there are 2 classes: classes are numbered from 0. Fix: use classes 0 to 1, or give the right nClasses]`,
    );
    expect(() => f1([0, 1], [0, 0.5])).toThrow("predicted class 1 is 0.5");
    expect(() => f1([0], [0], { nClasses: 1 })).toThrow(OptionError);
  });
});

describe("correlation", () => {
  it("is 1 along a rising line and -1 along a falling one", () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(pearson([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 12);
  });

  it("of ranks does not mind how far values lie apart", () => {
    expect(spearman([1, 2, 3], [1, 10, 100])).toBeCloseTo(1, 12);
  });

  it("shares ranks among equal values", () => {
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(pearson([1, 2.5, 2.5, 4], [1, 2, 3, 4]), 12);
  });

  it("is not defined for a constant", () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(spearman([1, 2, 3], [5, 5, 5])).toBeNaN();
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN(); // though its mean is not exactly 0.1
    expect(pearson([1, NaN, 3], [1, 2, 3])).toBeNaN();
    expect(spearman([1, NaN, 3], [1, 2, 3])).toBeNaN();
  });

  it("does not overflow", () => {
    expect(pearson([1e300, 2e300, 3e300], [1, 2, 3])).toBeCloseTo(1, 12);
    expect(pearson([1e-320, 2e-320, 3e-320], [1, 2, 3])).toBeCloseTo(1, 3); // those have about 12 bits
  });

  it("needs two pairs", () => {
    expect(() => pearson([1], [2])).toThrow(DataError);
    expect(() => spearman([1, 2], [2])).toThrow(ShapeError);
  });
});

describe("tokenize", () => {
  it.each<[string, string, string]>([
    ["Hello, world!", "Hello , world !", "punctuation"],
    ["1,000.5 and 1, 2.", "1,000.5 and 1 , 2 .", "numbers stay whole"],
    ["x-y 3-4 10-year", "x-y 3 - 4 10 - year", "a dash after a digit"],
    ["it's AT&amp;T &quot;q&quot; &lt;b&gt;", 'it\'s AT & T " q " < b >', "entities"],
    ["&amp;lt;", "<", "entities, one after another"],
    ["a<skipped>b co-\noperate c\nd", "ab cooperate c d", "markup and line ends"],
    ["a\u00a0b\u2003c\u001cd\u0085e", "a b c d e", "every white space of Unicode"],
    ["\ufeffa", "\ufeffa", "no byte order mark"],
    ["«a», “b”…", "«a» , “b”…", "no punctuation but ASCII"],
    ["a.b,c 😀.😀", "a . b , c 😀 . 😀", "letters around a full stop"],
    ["", "", "nothing"],
  ])("13a: %j", (line, words) => {
    expect(tokenize(line, "13a").join(" ")).toBe(words);
  });

  it("zh sets Chinese characters apart, and more", () => {
    expect(tokenize(" 我爱NLP，真的。", "zh")).toEqual(["我", "爱", "NLP", "，", "真", "的", "。"]);
    expect(tokenize("a“b”→c", "zh")).toEqual(["a", "“", "b", "”", "→", "c"]); // meant to be rare ideographs
    expect(tokenize("𠀀𠀁", "zh")).toEqual(["𠀀𠀁"]); // and these are some
    expect(tokenize("3.5%.", "zh")).toEqual(["3.5", "%", "."]);
  });

  it("char and none", () => {
    expect(tokenize("a b😀", "char")).toEqual(["a", "b", "😀"]);
    expect(tokenize(" a,b  c ", "none")).toEqual(["a,b", "c"]);
  });

  it("refuses another", () => {
    expect(() => tokenize("a", "intl" as Tokenizer)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: tokenizer is "intl": it can be 13a, zh, char, none. Fix: choose one of those]`,
    );
  });
});

describe("corpusBleu", () => {
  it("of one changed word, by hand", () => {
    const { counts, totals, score, brevityPenalty } = corpusBleu(["a b c d e f"], [["a b c d e x"]]);
    expect([counts, totals]).toEqual([
      [5, 4, 3, 2],
      [6, 5, 4, 3],
    ]);
    expect(brevityPenalty).toBe(1);
    expect(score).toBeCloseTo(100 * ((5 / 6) * (4 / 5) * (3 / 4) * (2 / 3)) ** 0.25, 10);
  });

  it("counts a word no more often than a reference has it", () => {
    expect(corpusBleu(["the the the the"], [["the cat"]]).counts).toEqual([1, 0, 0, 0]);
    expect(corpusBleu(["a a b b"], [["a a"], ["b"]]).counts[0]).toBe(3);
  });

  it("is lowered for short output, measured by the nearest reference", () => {
    const { brevityPenalty, refLength } = corpusBleu(["a b c d"], [["a b c d e"], ["a b c d e f g"]]);
    expect(refLength).toBe(5);
    expect(brevityPenalty).toBe(Math.exp(1 - 5 / 4));
    expect(corpusBleu(["a b c d"], [["a b c d e"], ["a b c"]]).refLength).toBe(3); // as near, and shorter
    expect(corpusBleu([""], [["a"]]).brevityPenalty).toBe(0);
  });

  it("smoothes orders without a match", () => {
    const scoreOf = (smoothing: Smoothing, smoothValue?: number): readonly number[] =>
      corpusBleu(["a b c d e"], [["a b x d e"]], {
        smoothing,
        ...(smoothValue === undefined ? {} : { smoothValue }),
      }).precisions; // matches 4 2 0 0 of 5 4 3 2
    expect(scoreOf("none")).toEqual([80, 50, 0, 0]);
    expect(scoreOf("exp")).toEqual([80, 50, 100 / 6, 100 / 8]);
    expect(scoreOf("floor")).toEqual([80, 50, 10 / 3, 5]);
    expect(scoreOf("floor", 0.2)).toEqual([80, 50, 20 / 3, 10]);
    expect(scoreOf("add-k")).toEqual([80, 60, 25, 100 / 3]);
    expect(scoreOf("add-k", 0)).toEqual([80, 50, 0, 0]);
  });

  it("says what it was computed with", () => {
    const lines = ["A b c d"];
    expect(corpusBleu(lines, [lines]).signature).toBe("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
    const options = { lowercase: true, tokenizer: "zh", smoothing: "floor" } as const;
    expect(sentenceBleu("a B C d", lines, options)).toMatchObject({
      signature: "nrefs:1|case:lc|eff:yes|tok:zh|smooth:floor[0.10]",
    });
  });

  it("needs four words in a line unless the order is effective", () => {
    expect(corpusBleu(["a b c"], [["a b c"]]).score).toBe(0);
    expect(sentenceBleu("a b c", ["a b c"]).score).toBeCloseTo(100, 10);
    expect(sentenceBleu("a b c", ["a b c"], { effectiveOrder: false }).score).toBe(0);
  });

  it("refuses what cannot be compared", () => {
    expect(() => corpusBleu(["a"], [["a", "b"]])).toThrow(ShapeError);
    expect(() => corpusBleu(["a"], [])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: there are no references: the hypotheses are compared with at least one. Fix: pass a list with one list of lines]`,
    );
    expect(() => corpusBleu([], [[]])).toThrow(DataError);
    expect(() => corpusBleu(["a"], [["a"]], { smoothing: "more" as Smoothing })).toThrow('smoothing is "more"');
    expect(() => corpusBleu(["a"], [["a"]], { smoothValue: -1 })).toThrow("smoothValue is -1");
  });
});

describe("chrf", () => {
  it("of one changed letter, by hand", () => {
    // "abcd" and "abce": 3 of 4 letters, 2 of 3 pairs, 1 of 2 triples, 0 of 1 quadruple; precision and recall are alike.
    expect(chrf(["ab cd"], [["a bce"]]).score).toBeCloseTo((100 * (3 / 4 + 2 / 3 + 1 / 2 + 0)) / 4, 10);
  });

  it("weighs recall twice", () => {
    const short = chrf(["abc"], [["abcabc"]], { charOrder: 1 }).score; // precision 1, recall 1/2
    expect(short).toBeCloseTo((100 * 5 * 0.5) / (4 + 0.5), 10);
    expect(chrf(["abc"], [["abcabc"]], { charOrder: 1, beta: 1 }).score).toBeCloseTo((100 * 2 * 0.5) / 1.5, 10);
  });

  it("takes the reference that suits a line best", () => {
    expect(
      chrf(
        ["abcdef", "xyz"],
        [
          ["nothing", "xyz"],
          ["abcdef", "no"],
        ],
      ).score,
    ).toBe(100);
  });

  it("is 0 without letters, and ignores case when told", () => {
    expect(chrf([""], [["abc"]]).score).toBe(0);
    expect(chrf(["ABC"], [["abc"]]).score).toBe(0);
    expect(chrf(["ABC"], [["abc"]], { lowercase: true })).toEqual({
      score: 100,
      signature: "nrefs:1|case:lc|eff:yes|nc:6|nw:0|space:no",
    });
  });

  it("refuses bad options", () => {
    expect(() => chrf(["a"], [["a"]], { charOrder: 0 })).toThrow(OptionError);
    expect(() => chrf(["a"], [["a"]], { beta: 0 })).toThrow("beta is 0");
  });
});

describe("multiBleu", () => {
  it("prints the script's line", () => {
    expect(multiBleu("a b c d\n", ["a b c d e\n"]).line).toBe(
      "BLEU = 77.88, 100.0/100.0/100.0/100.0 (BP=0.779, ratio=0.800, hyp_len=4, ref_len=5)",
    );
  });

  it("rounds halves to even, as C does", () => {
    // 5/16 = 31.25 % and 15/16 = 93.75 %
    const words = (n: number, letter: string): string => Array.from({ length: n }, (_, i) => `${letter}${i}`).join(" ");
    expect(multiBleu(`${words(16, "a")}\n`, [`${words(5, "a")} ${words(11, "b")}\n`]).line).toContain(" 31.2/");
    expect(multiBleu(`${words(16, "a")}\n`, [`${words(15, "a")} b\n`]).line).toContain(" 93.8/");
  });

  it("loses the last character of a file without a last newline", () => {
    expect(multiBleu("a b c d", ["a b c d\n"]).figures?.hypLength).toBe(3);
    expect(multiBleu("a b c dé", ["a b c d\n"]).figures?.hypLength).toBe(4); // half of the é is left
    expect(multiBleu(new TextEncoder().encode("a b c dd"), ["a b c d\n"]).score).toBe(100);
  });

  it("gives a line without reference one of 9999 words, and so a line whose reference is as far away", () => {
    expect(multiBleu("a\nb\n", ["a\n"]).figures?.refLength).toBe(10000);
    expect(multiBleu("a\n", [`${"b ".repeat(10000)}\n`]).figures?.refLength).toBe(9999); // 9999 words away: not nearer
    expect(multiBleu("a b\n", [`${"b ".repeat(9999)}\n`]).figures?.refLength).toBe(9999);
  });

  it("dies or prints zeros on emptiness", () => {
    expect(multiBleu("a b\n", ["", ""])).toEqual({ line: "", exitCode: 255, score: -1, figures: null });
    expect(multiBleu("\n", ["a b\n"])).toEqual({ line: "", exitCode: 255, score: -1, figures: null });
    expect(multiBleu("a\n", ["\n"])).toMatchObject({
      line: "BLEU = 0, 0/0/0/0 (BP=0, ratio=0, hyp_len=0, ref_len=0)",
      exitCode: 1,
      score: 0,
    });
  });

  it("knows bytes alone: ASCII spaces, ASCII letters", () => {
    expect(multiBleu("a\u00a0b c\u2003d\n", ["x\n"]).figures?.hypLength).toBe(2);
    expect(multiBleu("a\tb\vc\rd\n", ["x\n"]).figures?.hypLength).toBe(4);
    expect(multiBleu("ABC É\n", ["abc é\n"], { lowercase: true }).figures?.precisions[0]).toBe(0.5);
  });

  it("reads long files and needs a reference", () => {
    const long = "word ".repeat(10000);
    expect(multiBleu(`${long}\n`, [`${long}\n`]).score).toBe(100);
    expect(() => multiBleu("a\n", [])).toThrow(OptionError);
  });
});
