// Comparison with recorded outputs of the original, id for id. The recorded arrays are [seq, batch]; ours are [batch, seq].
import { createNumpyRng, type NumpyRng } from "../src/index.js";
import {
  applyMask,
  applyNoise,
  clmTargets,
  concatPairs,
  drawPlaces,
  evaluationMask,
  maskScores,
} from "../src/index.js";
import { settleTargets, type NoiseDraws } from "../src/index.js";
import { langId, type PredictionBatch, type TokenBatch, type Vocab } from "@xlm/core";
import { readJson, toBatchFirst } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";

type Grid<T = number> = T[][];

interface MaskCase {
  x: Grid;
  lengths: number[];
  n_words: number;
  pad_index: number;
  mask_index: number;
  sample_alpha: number;
  word_pred: number;
  fp16: boolean;
  counts: number[];
  uniform?: Grid;
  mask_scores?: number[];
  x_prob?: number[];
  n_tgt?: number;
  tgt_ids?: number[];
  uniform_rounds?: number[][];
  probs: number[];
  random_words: number[];
  pred_mask: Grid<number | boolean>;
  out_x: Grid;
  y: number[];
}
type EvaluationDraw = ["rand", Grid] | ["randint", number, number, number];
interface EvaluationCase {
  word_pred: number;
  mask_index: number;
  n_words: number;
  seed: number;
  batches: {
    x: Grid;
    lengths: number[];
    draws: EvaluationDraw[];
    out_x: Grid;
    y: number[];
    pred_mask: Grid<number | boolean>;
  }[];
}
type NoiseDraw = ["uniform", number, number, Grid] | ["rand", Grid] | ["randint", number, number, number];
interface NoiseStep {
  draws: NoiseDraw[];
  x: Grid;
  lengths: number[];
}
interface NoiseCase {
  x: Grid;
  lengths: number[];
  word_shuffle: number;
  word_dropout: number;
  word_blank: number;
  mask_index: number;
  shuffle: NoiseStep;
  dropout: NoiseStep;
  blank: NoiseStep;
}
interface ConcatCase {
  x1: Grid;
  len1: number[];
  lang1: number;
  x2: Grid;
  len2: number[];
  lang2: number;
  pad: number;
  eos: number;
  reset_positions: boolean;
  x: Grid;
  lengths: number[];
  positions: Grid;
  langs: Grid;
}
interface ClmCase {
  x: Grid;
  lengths: number[];
  context_size: number;
  pred_mask: Grid<number | boolean>;
  y: number[];
}

/** The ids of the original's vocabularies. */
const published: Vocab = { size: 14, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };

const turn = (grid: Grid<number | boolean>): Int32Array =>
  toBatchFirst(grid.flat().map(Number), grid.length, (grid[0] as number[]).length);

const batchOf = (x: Grid, lengths: number[], positions?: Grid | null, langs?: Grid | null): TokenBatch => ({
  ids: turn(x),
  shape: [lengths.length, x.length],
  lengths: Int32Array.from(lengths),
  ...(positions && { positions: turn(positions) }),
  ...(langs && { langs: turn(langs) }),
});

/** Real-valued draws of the first rows of a grid, as `[batch, seq]`. */
function drawsOf(grid: Grid, seq: number): Float64Array {
  const rows = (grid[0] as number[]).length;
  const out = new Float64Array(rows * seq);
  grid.forEach((draws, t) => draws.forEach((draw, row) => (out[row * seq + t] = draw)));
  return out;
}

/** Marked places as flat `[batch, seq]` indices, ascending, and for each its rank in the original's `[seq, batch]` order. */
function marked(mask: Grid<number | boolean>): { indices: number[]; ranks: number[] } {
  const seq = mask.length;
  const places = mask
    .flatMap((row, t) => row.map((flag, b) => ({ flag, index: b * seq + t })))
    .filter(({ flag }) => flag)
    .map(({ index }, rank) => ({ index, rank }))
    .sort((a, b) => a.index - b.index);
  return { indices: places.map(({ index }) => index), ranks: places.map(({ rank }) => rank) };
}

const inOurOrder = (values: readonly number[], ranks: readonly number[]): Int32Array =>
  Int32Array.from(ranks, (rank) => values[rank] as number);

function expectPredictions(
  ours: PredictionBatch,
  { out_x, y, pred_mask }: { out_x: Grid; y: number[]; pred_mask: Grid<number | boolean> },
): void {
  const { indices, ranks } = marked(pred_mask);
  expect([...ours.targetIndices]).toEqual(indices);
  expect(ours.targets).toEqual(inOurOrder(y, ranks));
  expect(ours.ids).toEqual(turn(out_x));
}

/** Cases of a file; a file without any is a mistake of the reader, not agreement. */
function casesOf<T>(file: string): (T & { nr: number })[] {
  const cases = readJson<T[]>(file);
  expect(cases.length).toBeGreaterThan(0);
  return cases.map((recorded, nr) => ({ ...recorded, nr }));
}

/** A generator that gives recorded numbers, and only as they were asked for. */
function replay(draws: readonly EvaluationDraw[]): Pick<NumpyRng, "rand" | "randint"> & { left(): number } {
  const uniforms = draws.flatMap((draw) => (draw[0] === "rand" ? draw[1].flat() : []));
  const integers = draws.filter((draw) => draw[0] === "randint");
  return {
    rand: () => uniforms.shift() as number,
    randint: (low, high) => {
      const [, recordedLow, recordedHigh, value] = integers.shift() as ["randint", number, number, number];
      expect([low, high]).toEqual([recordedLow, recordedHigh]);
      return value;
    },
    left: () => uniforms.length + integers.length,
  };
}

/** The places drawn in a case, as flat `[batch, seq]` indices. */
function placesOf(recorded: MaskCase, vocab: Vocab): number[] {
  const [seq, rows] = [recorded.x.length, recorded.lengths.length];
  if (recorded.uniform) return marked(recorded.uniform.map((row) => row.map((u) => u <= recorded.word_pred))).indices;
  const scores = maskScores(vocab, recorded.sample_alpha);
  scores.forEach((score, id) => expect(score).toBeCloseTo((recorded.mask_scores as number[])[id] as number, 12));
  const weights = recorded.x.flat().map((id) => scores[id] as number); // in the original's order, as its draws are
  const sum = weights.reduce((a, b) => a + b, 0);
  weights.forEach((weight, i) => expect(weight / sum).toBeCloseTo((recorded.x_prob as number[])[i] as number, 12));
  const uniforms = (recorded.uniform_rounds as number[][]).flat();
  const drawn = drawPlaces(weights, recorded.n_tgt as number, () => uniforms.shift() as number);
  expect(uniforms).toEqual([]);
  expect([...drawn]).toEqual(recorded.tgt_ids);
  return Array.from(drawn, (place) => (place % rows) * seq + Math.floor(place / rows));
}

/** Draws of the steps of a case, `[batch, seq]` of the batch that `seq` belongs to. */
function noiseDraws(recorded: NoiseCase, steps: readonly ("shuffle" | "dropout" | "blank")[], seq: number): NoiseDraws {
  const draws: { -readonly [K in keyof NoiseDraws]: NoiseDraws[K] } = {};
  for (const step of steps) {
    const integers = recorded[step].draws.flatMap((draw) => (draw[0] === "randint" ? [draw[3]] : []));
    for (const draw of recorded[step].draws) {
      if (draw[0] === "uniform") draws.shuffle = drawsOf(draw[3], seq);
      else if (draw[0] === "rand" && step === "blank") draws.blank = drawsOf(draw[1], seq);
      else if (draw[0] === "rand") {
        const grid = draw[1];
        draws.drop = drawsOf(grid, seq);
        draws.rescue = Int32Array.from(recorded.shuffle.lengths, (length, row) => {
          const words = grid.slice(1, length - 1).map((uniforms) => uniforms[row] as number);
          return words.every((u) => u < recorded.word_dropout) ? (integers.shift() as number) : 0;
        });
      }
    }
    expect(integers).toEqual([]);
  }
  return draws;
}

/**
 * Tests over a folder of recorded outputs.
 * @param path where a file such as `masking/train.json` is.
 */
export function agreementTests(path: (file: string) => string): void {
  describe("training masks", () => {
    it.each(casesOf<MaskCase>(path("masking/train.json")))("$nr: alpha $sample_alpha, fp16 $fp16", (recorded) => {
      const vocab: Vocab = {
        ...published,
        size: recorded.n_words,
        padId: recorded.pad_index,
        maskId: recorded.mask_index,
        counts: recorded.counts,
      };
      const batch = batchOf(recorded.x, recorded.lengths);
      const targets = settleTargets(batch, vocab, placesOf(recorded, vocab), { roundTo: recorded.fp16 ? 8 : 1 });
      const { ranks } = marked(recorded.pred_mask);
      const replacements = {
        actions: Uint8Array.from(inOurOrder(recorded.probs, ranks)),
        randomIds: inOurOrder(recorded.random_words, ranks),
      };
      expectPredictions(applyMask(batch, vocab, targets, replacements), recorded);
    });
  });

  describe("evaluation masks", () => {
    const cases = casesOf<EvaluationCase>(path("masking/evaluator.json"));
    it.each(cases)("$nr: recorded draws, word_pred $word_pred", ({ batches, word_pred, mask_index }) => {
      expect(batches.length).toBeGreaterThan(0);
      for (const recorded of batches) {
        const rng = replay(recorded.draws);
        const vocab = { ...published, maskId: mask_index };
        const ours = evaluationMask(batchOf(recorded.x, recorded.lengths), vocab, rng, { predictProb: word_pred });
        expectPredictions(ours, recorded);
        expect(rng.left()).toBe(0);
      }
    });

    it.each(cases)("$nr: own generator, seed $seed", ({ batches, word_pred, mask_index, seed }) => {
      const rng = createNumpyRng(seed);
      for (const recorded of batches) {
        const vocab = { ...published, maskId: mask_index };
        const ours = evaluationMask(batchOf(recorded.x, recorded.lengths), vocab, rng, { predictProb: word_pred });
        expectPredictions(ours, recorded);
      }
    });
  });

  it("NumPy's generator", () => {
    const { seed, ...sequences } = readJson<{ seed: number } & Record<string, number[]>>(path("masking/mt19937.json"));
    expect(Object.keys(sequences).length).toBeGreaterThan(0);
    let rng = createNumpyRng(seed);
    for (const [name, values] of Object.entries(sequences)) {
      const [, fresh, kind, low, high] =
        /^(fresh_|then_)?(randint|rand|permutation)_(\d+)(?:_(\d+)_x\d+)?$/.exec(name) ?? [];
      if (fresh === "fresh_") rng = createNumpyRng(seed);
      if (kind === "permutation") expect([...rng.permutation(values.length)]).toEqual(values);
      else if (kind === "rand") expect(values.map(() => rng.rand())).toEqual(values);
      else {
        expect(kind, name).toBe("randint");
        expect(values.map(() => rng.randint(Number(low), Number(high)))).toEqual(values);
      }
    }
  });

  describe("pairs", () => {
    it.each(casesOf<ConcatCase>(path("batches/concat.json")))("$nr: reset_positions $reset_positions", (recorded) => {
      const nLangs = 1 + Math.max(recorded.lang1, recorded.lang2);
      const ours = concatPairs(
        batchOf(recorded.x1, recorded.len1),
        batchOf(recorded.x2, recorded.len2),
        { ...published, padId: recorded.pad, eosId: recorded.eos },
        {
          resetPositions: recorded.reset_positions,
          langs: [langId(recorded.lang1, nLangs), langId(recorded.lang2, nLangs)],
        },
      );
      expect(ours).toEqual(batchOf(recorded.x, recorded.lengths, recorded.positions, recorded.langs));
    });
  });

  describe("targets of causal language modelling", () => {
    it.each(casesOf<ClmCase>(path("batches/clm_targets.json")))("$nr: context_size $context_size", (recorded) => {
      const ours = clmTargets(batchOf(recorded.x, recorded.lengths), { contextSize: recorded.context_size });
      expectPredictions(ours, { ...recorded, out_x: recorded.x });
    });
  });

  describe("noise", () => {
    const cases = casesOf<NoiseCase>(path("batches/noise.json"));
    const settings = ({ word_shuffle, word_dropout, word_blank, mask_index }: NoiseCase) => ({
      vocab: { ...published, maskId: mask_index },
      options: { wordShuffle: word_shuffle, wordDropout: word_dropout, wordBlank: word_blank },
    });
    const name = "$nr: shuffle $word_shuffle, dropout $word_dropout, blank $word_blank";

    it.each(cases)(`${name}, step by step`, (recorded) => {
      const { vocab, options } = settings(recorded);
      let batch = batchOf(recorded.x, recorded.lengths);
      for (const step of ["shuffle", "dropout", "blank"] as const) {
        batch = applyNoise(batch, vocab, noiseDraws(recorded, [step], batch.shape[1]), options);
        expect(batch).toEqual(batchOf(recorded[step].x, recorded[step].lengths));
      }
    });

    it.each(cases)(`${name}, at once`, (recorded) => {
      const { vocab, options } = settings(recorded);
      const batch = batchOf(recorded.x, recorded.lengths);
      const draws = noiseDraws(recorded, ["shuffle", "dropout", "blank"], batch.shape[1]);
      expect(applyNoise(batch, vocab, draws, options)).toEqual(batchOf(recorded.blank.x, recorded.blank.lengths));
    });
  });
}
