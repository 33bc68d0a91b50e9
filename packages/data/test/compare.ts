// Comparison of the package with recorded outputs of the original, id for id; used on the committed fixtures and on larger sets.
import { toBatchFirst } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import {
  createStream,
  frameSentences,
  idsToText,
  indexText,
  keepSentences,
  limitCorpus,
  limitDictionary,
  parseDictionary,
  planBatches,
  readLines,
  roundBatch,
  selectSentences,
  sentenceBatch,
  sentenceLengths,
  truncateBatch,
  type MemoryCorpus,
  type Dictionary,
} from "../src/index.js";

/** Reads a JSON file of the recorded set by its path inside it. */
export type Read = <T>(path: string) => T;

const vocab = { eosId: 1, padId: 2 };
type Matrix = number[][]; // [seq][batch]

function batchFirst(matrix: Matrix): { ids: number[]; shape: [number, number] } {
  const [seq, batch] = [matrix.length, matrix[0]?.length ?? 0];
  return { ids: [...toBatchFirst(matrix.flat(), seq, batch)], shape: [batch, seq] };
}

const batchOf = (x: Matrix, lengths: number[]) => {
  const { ids, shape } = batchFirst(x);
  return { ids: Int32Array.from(ids), shape, lengths: Int32Array.from(lengths) };
};

const plain = (batch: { ids: Int32Array; shape: readonly [number, number] }) => ({
  ids: [...batch.ids],
  shape: [...batch.shape],
});

function corpusOf(sentences: number[][]): MemoryCorpus {
  const positions: number[] = [];
  const ids: number[] = [];
  for (const sentence of sentences) {
    positions.push(ids.length, ids.length + sentence.length);
    ids.push(...sentence, vocab.eosId);
  }
  return { ids: Int32Array.from(ids), positions: Int32Array.from(positions) };
}

const pairsOf = (positions: Int32Array): number[][] =>
  Array.from({ length: positions.length / 2 }, (_, i) => [...positions.subarray(2 * i, 2 * i + 2)]);

const some = <T>(cases: T[]): T[] => {
  if (cases.length === 0) throw new Error("no recorded case was found");
  return cases;
};

/** The numbers in the one key of `object` that `pattern` matches: the original's arguments stand in the names of its outputs. */
function keyed(object: object, pattern: RegExp): { key: string; args: number[] } {
  const key = Object.keys(object).find((name) => pattern.test(name));
  if (key === undefined) throw new Error(`no key like ${pattern}`);
  return { key, args: (pattern.exec(key) as RegExpExecArray).slice(1).map(Number) };
}

const sorted = (batches: Iterable<ArrayLike<number>>): string[] => [...batches].map((b) => Array.from(b).join()).sort();

// ---------------------------------------------------------------------------------------------------------- dictionary

interface RecordedDictionary {
  size: number;
  id2word?: string[];
  counts?: number[];
  counts_iteration_order?: number[];
  last?: string;
  bos?: number;
  eos?: number;
  pad?: number;
  unk?: number;
}

interface RecordedText {
  vocab_file: string;
  text_file: string;
  dictionary: RecordedDictionary;
  index: { positions: number[][]; sentences: number[]; dtype: string; unk_words: Record<string, number> };
  processed: {
    max_vocab: number;
    min_count: number;
    dictionary: RecordedDictionary;
    sentences: number[];
    positions: number[][];
  }[];
}

function compareDictionary(ours: Dictionary, recorded: RecordedDictionary): void {
  expect(ours.size).toBe(recorded.size);
  if (recorded.id2word) expect(ours.tokens).toEqual(recorded.id2word);
  if (recorded.counts) expect([...ours.counts]).toEqual(recorded.counts);
  if (recorded.counts_iteration_order) expect([...ours.counts.keys()]).toEqual(recorded.counts_iteration_order);
  if (recorded.last !== undefined) expect(ours.tokens[ours.size - 1]).toBe(recorded.last);
  if (recorded.bos !== undefined) {
    const { bos, eos, pad, unk } = recorded;
    expect([ours.bosId, ours.eosId, ours.padId, ours.unkId]).toEqual([bos, eos, pad, unk]);
  }
}

/** Reads the vocabulary, indexes the text and applies the limits of one recorded case. */
export function compareText(recorded: RecordedText): void {
  const dictionary = parseDictionary(recorded.vocab_file);
  compareDictionary(dictionary, recorded.dictionary);
  const lines = readLines(new TextEncoder().encode(recorded.text_file));
  const corpus = indexText(lines, dictionary);
  expect([...corpus.ids]).toEqual(recorded.index.sentences);
  expect(pairsOf(corpus.positions)).toEqual(recorded.index.positions);
  expect(Object.fromEntries(corpus.unkWords)).toEqual(recorded.index.unk_words);
  expect(corpus.ids.constructor).toBe({ uint16: Uint16Array, int32: Int32Array }[recorded.index.dtype]);
  for (const { max_vocab, min_count, ...processed } of some(recorded.processed)) {
    const limited = limitDictionary(dictionary, {
      minCount: min_count,
      ...(max_vocab === -1 ? {} : { maxVocab: max_vocab }),
    });
    compareDictionary(limited, processed.dictionary);
    for (const ours of [limitCorpus(corpus, limited), indexText(lines, limited)]) {
      expect([...ours.ids]).toEqual(processed.sentences);
      expect(pairsOf(ours.positions)).toEqual(processed.positions);
    }
  }
}

/** cases.json and errors.json. */
export function describeDictionary(read: Read): void {
  const cases = read<Record<string, RecordedText>>("dictionary/cases.json");
  it.each(some(Object.keys(cases)))("reads, indexes and limits: %s", (name) => {
    compareText(cases[name] as RecordedText);
  });

  interface OddFile {
    name: string;
    vocab_file: string;
    ok: boolean;
    dictionary?: RecordedDictionary;
  }
  it.each(some(read<OddFile[]>("dictionary/errors.json")))(
    "takes or refuses: $name",
    ({ vocab_file, ok, dictionary }) => {
      if (ok) compareDictionary(parseDictionary(vocab_file), dictionary as RecordedDictionary);
      else expect(() => parseDictionary(vocab_file)).toThrow(expect.objectContaining({ code: "XLM_DATA" }));
    },
  );
}

// ------------------------------------------------------------------------------------------------------------- batches

interface RecordedStream {
  flat: number[];
  positions: number[][];
  bs: number;
  bptt: number;
  data: Matrix;
  n_tokens: number;
  n_batches: number;
  n_sentences: number;
  iter: { x: Matrix; lengths: number[] }[];
  permutation: number[];
  iter_shuffled_first_column: number[][];
  select?: { a: number; b: number; n_batches: number; n_sentences: number; data: Matrix; iter: Matrix[] };
}

interface RecordedBatch {
  ids: number[];
  x?: Matrix;
  lengths: number[];
}

interface RecordedShuffle {
  permutation: number[];
  indices_after_grouping: number[];
  batches_before_shuffle: number[][];
  batch_order: number[] | null;
  batches: RecordedBatch[];
}

interface RecordedSizes {
  batch_size: number;
  tokens_per_batch: number;
  max_batch_size: number;
}

interface RecordedSentences extends RecordedSizes {
  sentences: number[][];
  lengths: number[];
  plain?: RecordedBatch[];
  shuffle: RecordedShuffle;
  shuffle_group: RecordedShuffle;
  after_remove_empty: number[][];
  select: { a: number; b: number; positions: number[][]; sent: number[] };
}

interface RecordedPairs extends RecordedSizes {
  sentences1: number[][];
  sentences2: number[][];
  n_after_empty_removal: number;
  pos1: number[][];
  pos2: number[][];
  plain?: { x1: Matrix; len1: number[]; x2: Matrix; len2: number[]; ids: number[] }[];
  group_by_size_unshuffled_ids?: number[][];
  shuffle_group: { permutation: number[]; ids: number[][] };
}

interface RecordedRounding {
  x: Matrix;
  lengths: number[];
  positions: Matrix | null;
  langs: Matrix | null;
  randperm: number[] | null;
  out_x: Matrix;
  out_lengths: number[];
  out_positions: Matrix | null;
  out_langs: Matrix | null;
  idx: number[] | null;
}

const sizesOf = ({ batch_size, tokens_per_batch }: RecordedSizes) => ({
  batchSize: batch_size,
  ...(tokens_per_batch === -1 ? {} : { tokensPerBatch: tokens_per_batch }),
});

/** With a cap, each recorded batch is a part of one of ours, as large as the cap lets it be; else they are the same, in some order. */
function compareBatches(ours: Int32Array[], recorded: number[][], cap: number): void {
  if (cap === 0) {
    expect(sorted(ours)).toEqual(sorted(recorded));
    return;
  }
  expect(recorded).toHaveLength(ours.length);
  const whole = recorded.map((part) => ours.findIndex((batch) => batch.includes(part[0] as number)));
  expect(new Set(whole).size).toBe(ours.length);
  for (const [i, part] of recorded.entries()) {
    const batch = ours[whole[i] as number] as Int32Array;
    expect(part.every((index) => batch.includes(index))).toBe(true);
    expect(part).toHaveLength(Math.min(cap, batch.length));
  }
}

/** The data sets of the batches folder. */
export function describeBatches(read: Read): void {
  it.each(some(read<RecordedStream[]>("batches/stream.json")))(
    "streams $n_tokens tokens in $n_batches windows of $bs x $bptt",
    (recorded) => {
      const { bs, bptt } = recorded;
      const corpus: MemoryCorpus = {
        ids: Int32Array.from(recorded.flat),
        positions: Int32Array.from(recorded.positions.flat()),
      };
      const stream = createStream(corpus, vocab, { batchSize: bs, bptt });
      expect(stream.nTokens).toBe(recorded.n_tokens);
      expect(stream.nWindows).toBe(recorded.n_batches);
      expect(stream.nSentences).toBe(recorded.n_sentences);
      const windows = Array.from({ length: stream.nWindows }, (_, i) => stream.window(i));
      expect(windows.map(plain)).toEqual(recorded.iter.map(({ x }) => batchFirst(x)));
      expect(windows.map(({ lengths }) => [...lengths])).toEqual(recorded.iter.map(({ lengths }) => lengths));
      // The recorded table has one more row than the windows: the tokens that are never served, the last of each row of ours.
      const table = recorded.iter.flatMap(({ x }) => x);
      expect(recorded.data.slice(0, -1)).toEqual(table);
      const perRow = stream.nWindows * bptt;
      const unserved = recorded.data[0]?.map(
        (_, row) => recorded.flat[recorded.flat.length - 1 - (bs - 1 - row) * perRow] ?? 1,
      );
      expect(recorded.data[recorded.data.length - 1]).toEqual(unserved);

      const { key, args } = keyed(recorded, /^iter_subsample(\d+)$/);
      const part = stream.select(0, Math.floor(stream.nWindows / (args[0] as number)));
      const subsample = recorded[key as keyof RecordedStream] as RecordedStream["iter"];
      expect(Array.from({ length: part.nWindows }, (_, i) => plain(part.window(i)))).toEqual(
        subsample.map(({ x }) => batchFirst(x)),
      );
      const firstRows = recorded.permutation.map((index) => [...stream.window(index).ids.subarray(0, bptt)]);
      expect(firstRows).toEqual(recorded.iter_shuffled_first_column);
      if (recorded.select) {
        const { a, b } = recorded.select;
        const part = stream.select(a, b);
        expect(part.nWindows).toBe(recorded.select.n_batches);
        expect(part.nSentences).toBe(recorded.select.n_sentences);
        expect(Array.from({ length: part.nWindows }, (_, i) => plain(part.window(i)))).toEqual(
          recorded.select.iter.map(batchFirst),
        );
        expect(recorded.select.data).toEqual(recorded.select.iter.flat());
      }
    },
  );

  it.each(some(read<RecordedSentences[]>("batches/dataset.json")))(
    "batches sentences by $batch_size, by $tokens_per_batch tokens, at most $max_batch_size",
    (recorded) => {
      const sides = [corpusOf(recorded.sentences)] as const;
      const [corpus] = sides;
      const lengths = sentenceLengths(sides);
      expect([...lengths].map((length) => length - 2)).toEqual(recorded.lengths);
      const sizes = sizesOf(recorded);
      const cut = (indices: ArrayLike<number>, x: Matrix | undefined, recordedLengths: number[]): void => {
        const batch = sentenceBatch(corpus, Int32Array.from(indices), vocab);
        if (x) expect(plain(batch)).toEqual(batchFirst(x));
        expect([...batch.lengths]).toEqual(recordedLengths);
      };
      if (recorded.plain) {
        expect(planBatches(lengths, sizes).map((b) => [...b])).toEqual(recorded.plain.map(({ ids }) => ids));
        for (const batch of recorded.plain) cut(batch.ids, batch.x, batch.lengths);
        const { key, args } = keyed(recorded, /^plain_first(\d+)$/);
        const first = planBatches(lengths, {
          ...sizes,
          order: Int32Array.from({ length: args[0] as number }, (_, i) => i),
        });
        expect(first.map((b) => [...b])).toEqual(recorded[key as keyof RecordedSentences]);
      }
      for (const [shuffle, groupBySize] of [
        [recorded.shuffle, false],
        [recorded.shuffle_group, true],
      ] as const) {
        const planned = planBatches(lengths, { ...sizes, order: shuffle.permutation, groupBySize });
        expect(planned.flatMap((b) => [...b])).toEqual(shuffle.indices_after_grouping);
        expect(planned.map((b) => [...b])).toEqual(shuffle.batches_before_shuffle);
        if (shuffle.batch_order) {
          const served = shuffle.batch_order.map((i) => planned[i] as Int32Array);
          expect(served.map((b) => [...b])).toEqual(shuffle.batches.map(({ ids }) => ids));
        }
        compareBatches(
          planned,
          shuffle.batches.map(({ ids }) => ids),
          recorded.max_batch_size,
        );
        for (const batch of shuffle.batches) cut(batch.ids, batch.x, batch.lengths);
      }
      const kept = keepSentences(sides);
      expect(pairsOf(kept[0].positions)).toEqual(recorded.after_remove_empty);
      const { key, args } = keyed(recorded, /^after_remove_longer_than_(\d+)$/);
      expect(pairsOf(keepSentences(sides, { maxLen: args[0] as number })[0].positions)).toEqual(
        recorded[key as keyof RecordedSentences],
      );
      const [selected] = selectSentences(sides, recorded.select.a, recorded.select.b);
      expect(pairsOf(selected.positions)).toEqual(recorded.select.positions);
      expect([...selected.ids]).toEqual(recorded.select.sent);
    },
  );

  it.each(some(read<RecordedPairs[]>("batches/parallel.json")))(
    "batches pairs by $batch_size, by $tokens_per_batch tokens, at most $max_batch_size",
    (recorded) => {
      const pairs = keepSentences([corpusOf(recorded.sentences1), corpusOf(recorded.sentences2)]);
      expect(pairs.map(({ positions }) => pairsOf(positions))).toEqual([recorded.pos1, recorded.pos2]);
      const lengths = sentenceLengths(pairs);
      expect(lengths).toHaveLength(recorded.n_after_empty_removal);
      const sizes = sizesOf(recorded);
      if (recorded.plain) {
        expect(planBatches(lengths, sizes).map((b) => [...b])).toEqual(recorded.plain.map(({ ids }) => ids));
        for (const { ids, x1, len1, x2, len2 } of recorded.plain) {
          const [first, second] = pairs.map((side) => sentenceBatch(side, Int32Array.from(ids), vocab));
          expect([first, second]).toMatchObject([{ shape: batchFirst(x1).shape }, { shape: batchFirst(x2).shape }]);
          expect([...(first?.ids ?? [])]).toEqual(batchFirst(x1).ids);
          expect([...(second?.ids ?? [])]).toEqual(batchFirst(x2).ids);
          expect([...(first?.lengths ?? [])]).toEqual(len1);
          expect([...(second?.lengths ?? [])]).toEqual(len2);
        }
      }
      if (recorded.group_by_size_unshuffled_ids) {
        const grouped = planBatches(lengths, { ...sizes, groupBySize: true });
        expect(grouped.map((b) => [...b])).toEqual(recorded.group_by_size_unshuffled_ids);
      }
      const { permutation, ids } = recorded.shuffle_group;
      const planned = planBatches(lengths, { ...sizes, order: permutation, groupBySize: true });
      compareBatches(planned, ids, recorded.max_batch_size);

      const long = keyed(recorded, /^after_remove_longer_than_(\d+)$/);
      const short = keepSentences(pairs, { maxLen: long.args[0] as number });
      expect({ pos1: pairsOf(short[0].positions), pos2: pairsOf(short[1].positions) }).toEqual(
        recorded[long.key as keyof RecordedPairs],
      );
      const select = keyed(recorded, /^select_(\d+)_(\d+)$/);
      const [first, second] = selectSentences(short, ...(select.args as [number, number]));
      expect({
        pos1: pairsOf(first.positions),
        pos2: pairsOf(second.positions),
        sent1: [...first.ids],
        sent2: [...second.ids],
      }).toEqual(recorded[select.key as keyof RecordedPairs]);
    },
  );

  it("frames sentences", () => {
    interface Framed {
      sentences: number[][];
      x: Matrix;
      lengths: number[];
    }
    for (const { sentences, x, lengths } of some(read<Framed[]>("batches/batch_sentences.json"))) {
      const batch = frameSentences(sentences, vocab);
      expect(plain(batch)).toEqual(batchFirst(x));
      expect([...batch.lengths]).toEqual(lengths);
    }
  });

  it("truncates", () => {
    interface Truncated {
      x: Matrix;
      lengths: number[];
      max_len: number;
      eos: number;
      out_x: Matrix;
      out_lengths: number[];
    }
    for (const { x, lengths, max_len, eos, out_x, out_lengths } of some(read<Truncated[]>("batches/truncate.json"))) {
      const out = truncateBatch(batchOf(x, lengths), { eosId: eos }, max_len);
      expect(plain(out)).toEqual(batchFirst(out_x));
      expect([...out.lengths]).toEqual(out_lengths);
    }
  });

  it("rounds to multiples of 8", () => {
    for (const recorded of some(read<RecordedRounding[]>("batches/round_batch.json"))) {
      const { positions, langs } = recorded;
      const { batch, rows } = roundBatch(
        {
          ...batchOf(recorded.x, recorded.lengths),
          ...(positions && { positions: Int32Array.from(batchFirst(positions).ids) }),
          ...(langs && { langs: Int32Array.from(batchFirst(langs).ids) }),
        },
        vocab,
        recorded.randperm ?? [],
      );
      expect(plain(batch)).toEqual(batchFirst(recorded.out_x));
      expect([...batch.lengths]).toEqual(recorded.out_lengths);
      expect(batch.positions ? [...batch.positions] : null).toEqual(
        recorded.out_positions && batchFirst(recorded.out_positions).ids,
      );
      expect(batch.langs ? [...batch.langs] : null).toEqual(recorded.out_langs && batchFirst(recorded.out_langs).ids);
      expect(rows ? [...rows] : null).toEqual(recorded.idx);
    }
  });

  it("reads batches back as text", () => {
    const { x, lengths, id2word, text } = read<{ x: Matrix; lengths: number[]; id2word: string[]; text: string[] }>(
      "batches/text.json",
    );
    expect(idsToText(batchOf(x, lengths), { tokens: id2word, eosId: 1 })).toEqual(text);
    expect(text.length).toBeGreaterThan(0);
  });
}

/** All committed areas. */
export function describeRecorded(read: Read): void {
  describe("dictionary", () => describeDictionary(read));
  describe("batches", () => describeBatches(read));
}
