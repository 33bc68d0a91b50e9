import fc from "fast-check";
import { expect, it } from "vitest";
import { corpora, dictionary } from "../test/helpers.js";
import { createStream } from "./index.js";

const sizes = fc.record({ batchSize: fc.integer({ min: 1, max: 6 }), bptt: fc.integer({ min: 1, max: 9 }) });

it("serves every token once an epoch, in order, except the last of each row", () => {
  fc.assert(
    fc.property(corpora, sizes, (corpus, options) => {
      const { batchSize, bptt } = options;
      const stream = createStream(corpus, dictionary, options);
      const rows = Array.from({ length: batchSize }, () => [] as number[]);
      for (let i = 0; i < stream.nWindows; i++) {
        const { ids } = stream.window(i);
        for (const [row, tokens] of rows.entries()) tokens.push(...ids.subarray(row * bptt, (row + 1) * bptt));
      }
      const width = stream.nWindows * bptt;
      const padding = batchSize * width - corpus.ids.length;
      expect(padding).toBeGreaterThanOrEqual(0);
      expect(padding).toBeLessThan(batchSize * bptt);
      const laidOut = [...new Array<number>(padding).fill(1), ...corpus.ids];
      for (const [row, tokens] of rows.entries()) {
        expect(tokens).toEqual([1, ...laidOut.slice(row * width, (row + 1) * width - 1)]);
      }
    }),
  );
});

it("counts every sentence end that it serves, once", () => {
  fc.assert(
    fc.property(corpora, sizes, (corpus, options) => {
      const { batchSize, bptt } = options;
      const stream = createStream(corpus, dictionary, options);
      let ends = 0;
      for (let i = 0; i < stream.nWindows; i++) ends += stream.countEnds(i);
      const width = stream.nWindows * bptt;
      const padding = batchSize * width - corpus.ids.length;
      const isServed = (place: number): boolean => (place + padding) % width !== width - 1;
      expect(ends).toBe([...corpus.ids].filter((id, place) => id === 1 && isServed(place)).length);
      if (stream.nWindows > 1) expect(stream.select(1, 2).countEnds(0)).toBe(stream.countEnds(1));
    }),
  );
});

it("selecting, then reading, equals reading, then slicing", () => {
  fc.assert(
    fc.property(corpora, sizes, fc.nat(), fc.nat(), (corpus, options, x, y) => {
      const stream = createStream(corpus, dictionary, options);
      const [from, to] = [x % (stream.nWindows + 1), y % (stream.nWindows + 1)].sort((a, b) => a - b) as [
        number,
        number,
      ];
      const part = stream.select(from, to);
      const windows = Array.from({ length: stream.nWindows }, (_, i) => stream.window(i)).slice(from, to);
      expect(Array.from({ length: part.nWindows }, (_, i) => part.window(i))).toEqual(windows);
      expect(part.nSentences).toBe(windows.flatMap(({ ids }) => [...ids]).filter((id) => id === 1).length);
    }),
  );
});
