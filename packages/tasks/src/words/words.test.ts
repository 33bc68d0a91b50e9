import { describe, expect, it } from "vitest";
import {
  alignWords,
  pairSimilarity,
  translateWords,
  translationPrecision,
  wordSimilarity,
  type WordPair,
  type WordVectors,
} from "./index.js";

/** Words with vectors written out. */
const space = (rows: Readonly<Record<string, readonly number[]>>): WordVectors => {
  const all = Object.values(rows);
  return {
    words: Object.keys(rows),
    vectors: { data: Float32Array.from(all.flat()), shape: [all.length, all[0]!.length] },
  };
};
const en = space({ sun: [2, 0], moon: [0, 1], star: [-1, 0] });
const es = space({ sol: [0, 1], luna: [-3, 0], estrella: [0, -1] });
const pairs: readonly WordPair[] = [
  ["sun", "sol"],
  ["moon", "luna"],
  ["star", "estrella"],
];

describe("alignWords", () => {
  it("turns by a quarter what lies a quarter away", () => {
    const { map, apply, pairs: used } = alignWords(en, es, [...pairs, ["cloud", "nube"]]);
    expect(used).toBe(3);
    [0, -1, 1, 0].forEach((value, i) => expect(map.data[i]).toBeCloseTo(value, 6));
    const { data, shape } = apply(en.vectors);
    expect(shape).toEqual([3, 2]);
    [0, 2, -1, 0, 0, -1].forEach((value, i) => expect(data[i]).toBeCloseTo(value, 6)); // lengths stay
  });

  it("with center also moves one middle onto the other", () => {
    const moved = space({ sol: [5, 1], luna: [4, 0], estrella: [5, -1] }); // a quarter, then 5 to the right
    const source = space({ sun: [1, 0], moon: [0, 1], star: [-1, 0] });
    const { data } = alignWords(source, moved, pairs, { center: true, normalize: false }).apply(source.vectors);
    moved.vectors.data.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 5));
  });

  it("says what is wrong", () => {
    expect(() => alignWords(en, es, [["sol", "sun"]])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: of 1 pairs 0 have a vector of their first word, 0 of their second, and none of both: words are matched by their spelling. Fix: check case, the order of the languages, and that vectors were made for these words]`,
    );
    expect(() => alignWords(en, space({ sol: [1, 2, 3] }), pairs)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the source vectors are 2 wide and the target vectors 3: vectors are compared number by number. Fix: take both from tables of the same width]`,
    );
    expect(() => alignWords(en, space({ sol: [NaN, 0] }), pairs)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the target vectors have NaN in row 0, column 0: it is neither near to anything nor far from it. Fix: leave such rows out, and look at what made them]`,
    );
    expect(() => alignWords({ ...en, words: ["sun", "sun", "moon"] }, es, pairs)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the source vectors are 3 words, 2 of them different, and 3 rows: every word has one row. Fix: name each word once, in the order of the rows]`,
    );
    expect(() => alignWords(en, es, pairs).apply({ data: new Float32Array(3), shape: [1, 3] })).toThrow(
      expect.objectContaining({ code: "XLM_SHAPE" }) as Error,
    );
  });
});

describe("translateWords", () => {
  const angle = (degrees: number): [number, number] => [
    Math.cos((degrees * Math.PI) / 180),
    Math.sin((degrees * Math.PI) / 180),
  ];
  // Both sources are nearest to the hub; only csls sees that the hub is near to both.
  const source = space({ a: angle(0), b: angle(40) }).vectors;
  const target = space({ hub: angle(20), own: angle(-25), far: angle(65) }).vectors;

  it("finds the nearest by cosine, best first", () => {
    const { rows, scores, shape } = translateWords(source, target, { method: "cosine", top: 2 });
    expect(shape).toEqual([2, 2]);
    expect([...rows]).toEqual([0, 1, 0, 2]);
    expect(scores[0]).toBeCloseTo(Math.cos((20 * Math.PI) / 180), 6);
    expect(scores[3]).toBeCloseTo(Math.cos((25 * Math.PI) / 180), 6);
  });

  it("by csls takes off how near both are to the other side", () => {
    const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180);
    const { rows, scores } = translateWords(source, target, { k: 2, top: 3 });
    const ofA = (cos(20) + cos(25)) / 2; // its two nearest targets
    const hub = (cos(20) + cos(20)) / 2; // nearest sources of each target
    const own = (cos(25) + cos(65)) / 2;
    const far = (cos(65) + cos(25)) / 2;
    const byHand = [2 * cos(20) - ofA - hub, 2 * cos(25) - ofA - own, 2 * cos(65) - ofA - far];
    expect([...rows.subarray(0, 3)]).toEqual([1, 0, 2]);
    [1, 0, 2].forEach((row, at) => expect(scores[at]).toBeCloseTo(byHand[row]!, 6));
    expect(rows[3]).toBe(2); // the same from the other side
  });

  it("takes the neighbours of targets from the vocabulary that is given", () => {
    const one = { data: source.data.slice(0, 2), shape: [1, 2] as const };
    const first = (of: typeof one, vocabulary?: typeof source): number =>
      translateWords(of, target, { k: 2, ...(vocabulary && { sourceVocabulary: vocabulary }) }).rows[0]!;
    expect(first(one)).toBe(0); // alone, a word's csls is its cosine
    expect(first(one, source)).toBe(1);
  });

  it("answers the first of equals, and no more than there are", () => {
    const same = space({ x: [1, 0], y: [2, 0] }).vectors;
    const { rows, shape } = translateWords(same, same, { method: "cosine" });
    expect(shape).toEqual([2, 2]);
    expect([...rows]).toEqual([0, 1, 0, 1]);
  });

  it("refuses what it cannot compare", () => {
    const wide = { data: new Float32Array(3), shape: [1, 3] as const };
    expect(() => translateWords(source, wide)).toThrow(expect.objectContaining({ code: "XLM_SHAPE" }) as Error);
    expect(() => translateWords(source, { data: new Float32Array(), shape: [0, 2] })).toThrow(/nothing to compare/);
    expect(() => translateWords(source, target, { k: 0 })).toThrow(/k is 0/);
    expect(() => translateWords(source, target, { method: "dot" as "cosine" })).toThrow(/method is "dot"/);
  });
});

describe("scores", () => {
  it("count a word as right when any of its translations is found", () => {
    const source = space({ big: [1, 0], old: [0, 1], lost: [-1, 0] });
    const target = space({ grande: [1, 0.1], viejo: [1, 0.2], gran: [0, -1] });
    const dictionary: readonly WordPair[] = [
      ["big", "gran"],
      ["big", "grande"],
      ["old", "viejo"],
      ["lost", "perdido"],
      ["none", "gran"],
    ];
    const found = translationPrecision(source, target, dictionary, { method: "cosine" });
    expect(found).toEqual({ at1: 1, at5: 1, words: 2, coverage: 0.5 });
    const wrong = translationPrecision(source, target, [["old", "grande"]], { method: "cosine" });
    expect(wrong).toEqual({ at1: 0, at5: 1, words: 1, coverage: 1 });
  });

  it("measure how near translations are", () => {
    const source = space({ a: [3, 4], b: [1, 0] });
    const target = space({ c: [3, 4], d: [0, 1] });
    const {
      cosine,
      l2,
      pairs: n,
    } = pairSimilarity(source, target, [
      ["a", "c"],
      ["b", "d"],
      ["b", "missing"],
    ]);
    expect(n).toBe(2);
    expect(cosine).toBeCloseTo((1 + 0) / 2, 6);
    expect(l2).toBeCloseTo((0 + Math.SQRT2) / 2, 6);
  });

  it("compare with people", () => {
    const source = space({ a: [1, 0] });
    const target = space({ near: [1, 0], half: [1, Math.sqrt(3)], far: [0, 1] }); // cosines 1, 0.5, 0
    const judged = [
      ["a", "near", 4],
      ["a", "half", 2],
      ["a", "far", 0],
      ["a", "unknown", 1],
    ] as const;
    const { pearson, pairs: n, coverage } = wordSimilarity(source, target, judged);
    expect(pearson).toBeCloseTo(1, 6);
    expect([n, coverage]).toEqual([3, 0.75]);
    expect(() => wordSimilarity(source, target, judged.slice(0, 1))).toThrow(/a correlation needs two/);
  });

  it("need words in common", () => {
    const error = expect.objectContaining({ code: "XLM_DATA" }) as Error;
    expect(() => translationPrecision(en, es, [["rain", "lluvia"]])).toThrow(error);
    expect(() => pairSimilarity(en, es, [])).toThrow(error);
    expect(() => pairSimilarity(en, space({ sol: [1] }), pairs)).toThrow(
      expect.objectContaining({ code: "XLM_SHAPE" }) as Error,
    );
  });
});
