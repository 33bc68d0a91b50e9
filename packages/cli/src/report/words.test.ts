import { expect, it } from "vitest";
import { countWords, frequentWords, nearestWords } from "./words.js";

const tokens = ["</s>", "dog", "cat", "perro", "gato", "ab@@", ",", "7", "ed"];
// Rows 1 and 3 point one way, 2 and 4 the other; both languages have an offset of their own.
const matrix = Float32Array.from([0, 0, 5, 1, 5, -1, -3, 2, -3, -2, 9, 9, 9, 9, 9, 9, 9, 9]);
const en = countWords([1, 1, 1, 2, 2, 5, 8, 6, 7, 0], tokens);
const es = countWords([3, 3, 4, 4, 4, 5, 8, 6, 7, 0], tokens);

it("counts whole words, not their pieces", () => {
  expect([...en]).toEqual([1, 3, 2, 0, 0, 0, 1, 1, 0]); // neither `ab@@` nor the `ed` that ends it
});

it("finds the frequent whole words of one language", () => {
  expect([...frequentWords(tokens, en, es, 10)]).toEqual([1, 2]);
  expect([...frequentWords(tokens, es, en, 1)]).toEqual([4]);
});

it("pairs words by direction, once each language's mean is taken off", () => {
  const rows = nearestWords({ tokens, matrix, dim: 2 }, [en, es], { nNeighbours: 1 });
  expect(rows.map(({ word, neighbours }) => [word, neighbours[0]!.word])).toEqual([
    ["dog", "perro"],
    ["cat", "gato"],
  ]);
  expect(rows[0]!.neighbours[0]!.cosine).toBeCloseTo(1, 12);
});
