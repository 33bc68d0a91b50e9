import path from "node:path";
import { startBackend, testedBackends } from "@xlm/tools/backends";
import { goldenDir } from "@xlm/tools/golden";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addHypothesis, isDone, worstScore, type Hypothesis } from "../src/generation/hypotheses.js";
import { generate, generateBeam, type EncoderDecoder } from "../src/index.js";
import {
  decodedOf,
  decodeFolders,
  readDecodings,
  readEncoderDecoder,
  readLists,
  scoreDistance,
  sourceOf,
  type DecodeCase,
} from "./decode-cases.js";

/** What the recording allows for scores of either precision. */
const TOLERANCE = 1e-5;
/**
 * Two candidates this near may come in either order, as each may be off by TOLERANCE: what such a decoding chooses cannot be told from the
 * recording.
 */
const UNTELLABLE = 2 * TOLERANCE;

/** Of scores below 16: powers of numbers differ by units in the last place from one library to another. */
const ROUNDING = 16 * Number.EPSILON;

const folders = decodeFolders(goldenDir("model"));
const isTellable = (recorded: DecodeCase): boolean =>
  (recorded.method === "greedy" ? recorded.min_gap : recorded.min_candidate_gap) > UNTELLABLE;

it("finds decodings, of both kinds, nearly all of which can be judged", () => {
  const all = folders.flatMap(readDecodings);
  for (const method of ["greedy", "beam"]) expect(all.filter((one) => one.method === method).length).toBeGreaterThan(0);
  expect(all.filter(isTellable).length).toBeGreaterThan(0.9 * all.length);
});

describe.each(testedBackends)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describe.each(folders.map((dir) => [path.basename(dir), dir] as const))("model %s", (_name, dir) => {
    let model: EncoderDecoder;
    beforeAll(() => void (model = readEncoderDecoder(dir)));
    afterAll(() => model.dispose());

    const cases = readDecodings(dir).filter(isTellable);
    it.each(cases.filter(({ method }) => method === "greedy"))(
      "greedy, $source, maxLen $max_len: the same words",
      async (recorded) => {
        const { batch } = await generate(model, sourceOf(recorded), {
          lang: recorded.tgt_lang,
          maxLen: recorded.max_len,
        });
        expect(batch).toEqual(decodedOf(recorded));
      },
    );

    it.each(cases.filter((one) => one.method === "beam"))(
      "beam $beam_size, penalty $length_penalty, early stopping $early_stopping, $source, maxLen $max_len: the same hypotheses",
      async (recorded) => {
        const { batch, hypotheses } = await generateBeam(model, sourceOf(recorded), {
          lang: recorded.tgt_lang,
          maxLen: recorded.max_len,
          beamSize: recorded.beam_size,
          lengthPenalty: recorded.length_penalty,
          earlyStopping: recorded.early_stopping,
          nBest: recorded.beam_size,
          compat: "xlm",
        });
        expect(batch).toEqual(decodedOf(recorded));
        expect(hypotheses.map((list) => list.map(({ tokens }) => [...tokens]))).toEqual(
          recorded.hypotheses_f32.map((list) => list.map(({ tokens }) => tokens)),
        );
        hypotheses.forEach((list, row) => {
          const { hypotheses_f32: single, hypotheses_f64: double } = recorded;
          expect(scoreDistance(list, single[row]!, double[row]!)).toBeLessThanOrEqual(TOLERANCE);
        });
      },
    );
  });
});

// Numbers alone, no backend.
it.each(readLists(goldenDir("model")))(
  "keeps the hypotheses of a list of $n_hyp, penalty $length_penalty, early stopping $early_stopping",
  ({ n_hyp, max_len, length_penalty, early_stopping, log }) => {
    expect(log.length).toBeGreaterThan(0);
    const options = { beamSize: n_hyp, lengthPenalty: length_penalty, earlyStopping: early_stopping };
    let list: readonly Hypothesis[] = [];
    log.forEach((step, at) => {
      const tokens = new Int32Array(step.len).fill(at);
      list = addHypothesis(list, { tokens, sumLogProbs: step.sum_logprobs }, options);
      expect(list.map(({ tokens: [addedAt] }) => addedAt)).toEqual(step.kept.map(({ added_at }) => added_at));
      expect(scoreDistance(list, step.kept)).toBeLessThanOrEqual(ROUNDING);
      expect(Math.abs(worstScore(list) - step.worst_score)).toBeLessThanOrEqual(ROUNDING);
      expect(isDone(list, step.probe_best_sum_logprobs, max_len - 1, options)).toBe(step.is_done_after);
    });
  },
);
