import { createRng } from "@xlm/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { dictionary, sentences } from "../test/helpers.js";
import {
  bytesSource,
  corpusHash,
  corpusStatistics,
  createPageCache,
  createShardWriter,
  createStream,
  drawBatches,
  encodeCorpus,
  indexText,
  joinCorpora,
  keepSentences,
  limitCorpus,
  limitDictionary,
  openCorpus,
  selectSentences,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
} from "./index.js";

const named = { file: "train.en.safetensors", lang: "en" };

/** Ways to hold a text: pages of any size, shards of any size. */
const ways = fc.record({
  pageBytes: fc.integer({ min: 1, max: 100 }),
  nPages: fc.integer({ min: 1, max: 5 }),
  maxIds: fc.integer({ min: 1, max: 80 }),
});
type Ways = typeof ways extends fc.Arbitrary<infer T> ? T : never;

const open = (corpus: Corpus, cache: Pick<Ways, "pageBytes" | "nPages">): Corpus => {
  const { bytes, manifest } = encodeCorpus(corpus, dictionary, named);
  return openCorpus(bytesSource(bytes), manifest, dictionary, { cache: createPageCache(cache) });
};

/** The same text cut into files, read through one small cache. */
const shards = (lines: readonly string[], { maxIds, ...sizes }: Ways): Corpus[] => {
  const cache = createPageCache(sizes);
  const corpora: Corpus[] = [];
  const writer = createShardWriter(
    dictionary,
    ({ pieces, manifest }) => {
      const bytes = Buffer.concat([...pieces]);
      corpora.push(openCorpus(bytesSource(bytes), manifest, dictionary, { cache }));
    },
    { name: "train.en", lang: "en", maxIds },
  );
  for (const line of lines) writer.addLine(line);
  writer.end();
  return corpora;
};

/** Everything in memory. */
const whole = ({ ids, positions }: Corpus) => ({
  ids: ids.subarray(0, ids.length).slice(),
  positions: positions.subarray(0, positions.length).slice(),
});

/** What training and evaluation ask of a corpus. */
function readings(corpus: Corpus, seed: number): unknown {
  const { nWindows, nSentences, nTokens, window, countEnds, select } = createStream(corpus, dictionary, {
    batchSize: 3,
    bptt: 4,
  });
  const all = Array.from({ length: nWindows }, (_, i) => i);
  const half = select(0, Math.ceil(nWindows / 2));
  const lengths = sentenceLengths([corpus]);
  const batches = drawBatches(lengths, createRng(seed), { tokensPerBatch: 40 });
  return {
    ...{ nWindows, nSentences, nTokens, lengths, half: half.nSentences },
    windows: all.map(window),
    ends: all.map(countEnds),
    batches: batches.map((rows) => sentenceBatch(corpus, rows, dictionary)),
    statistics: corpusStatistics("en", corpus, dictionary),
    encoded: encodeCorpus(corpus, dictionary, named),
  };
}

it("a corpus in memory, in a file and in shards gives the same windows, batches, lengths and file", () => {
  fc.assert(
    fc.property(sentences, ways, fc.nat(), (lines, sizes, seed) => {
      const inMemory = indexText(lines, dictionary);
      const expected = readings(inMemory, seed);
      for (const corpus of [open(inMemory, sizes), joinCorpora(shards(lines, sizes))]) {
        expect(readings(corpus, seed)).toEqual(expected);
        expect(whole(corpus)).toEqual(whole(inMemory));
      }
    }),
  );
});

it("so does what is kept, selected and limited of it", () => {
  fc.assert(
    fc.property(sentences, ways, fc.nat({ max: 12 }), fc.nat(), fc.nat(), (lines, sizes, maxLen, x, y) => {
      const inMemory = indexText(lines, dictionary);
      const small = limitDictionary(dictionary, { maxVocab: 20 });
      const from = x % lines.length;
      const to = from + 1 + (y % (lines.length - from));
      const derived = (corpus: Corpus): Corpus[] => {
        const [kept] = keepSentences([corpus], { minLen: 0, maxLen });
        const [selected] = selectSentences([corpus], from, to);
        const [keptOfSelected] = keepSentences([selected], { minLen: 0, maxLen });
        return [kept, selected, keptOfSelected, limitCorpus(corpus, small), limitCorpus(kept, small)];
      };
      const expected = derived(inMemory);
      for (const corpus of [open(inMemory, sizes), joinCorpora(shards(lines, sizes))]) {
        for (const [i, other] of derived(corpus).entries()) {
          const one = expected[i] as Corpus;
          expect(encodeCorpus(other, dictionary, named)).toEqual(encodeCorpus(one, dictionary, named));
          expect(sentenceLengths([other])).toEqual(sentenceLengths([one]));
          if (one.positions.length > 0) expect(readings(other, x)).toEqual(readings(one, x));
        }
      }
    }),
  );
});

it("any run of numbers of joined corpora is what lies there, across any borders", () => {
  fc.assert(
    fc.property(sentences, ways, fc.nat(), fc.nat(), (lines, sizes, x, y) => {
      const joined = joinCorpora(shards(lines, sizes));
      const { ids, positions } = indexText(lines, dictionary);
      for (const [ours, expected] of [
        [joined.ids, ids],
        [joined.positions, positions],
      ] as const) {
        const [from, to] = [x % (expected.length + 1), y % (expected.length + 1)].sort((a, b) => a - b);
        expect(ours.subarray(from as number, to as number)).toEqual(expected.slice(from, to));
      }
    }),
  );
});

it("pairs stay pairs, however each side is cut", () => {
  fc.assert(
    fc.property(sentences, ways, ways, fc.integer({ min: 1, max: 12 }), (lines, one, other, maxLen) => {
      const sides = [joinCorpora(shards(lines, one)), joinCorpora(shards([...lines].reverse(), other))] as const;
      const expected = [indexText(lines, dictionary), indexText([...lines].reverse(), dictionary)] as const;
      const kept = keepSentences(sides, { maxLen });
      expect(sentenceLengths(kept)).toEqual(sentenceLengths(keepSentences(expected, { maxLen })));
    }),
  );
});

it("the hash of a corpus says what it is, in memory or in a file", () => {
  fc.assert(
    fc.property(sentences, ways, (lines, sizes) => {
      const inMemory = indexText(lines, dictionary);
      const { sha256 } = encodeCorpus(inMemory, dictionary, named).manifest;
      expect(corpusHash(inMemory, dictionary, "en")).toBe(sha256);
      const opened = open(inMemory, sizes);
      expect(corpusHash(opened, dictionary, "en")).toBe(sha256);
      const { ids, positions } = joinCorpora(shards(lines, sizes)); // no longer known to be stored
      expect(corpusHash({ ids, positions }, dictionary, "en")).toBe(sha256);
    }),
  );
});
