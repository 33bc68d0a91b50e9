// The recorded decodings of the original: a folder holds the two halves of a model and decode.json, a list of sentences with what greedy
// and beam search made of them. Sizes and cases are read from the folder.
import fs from "node:fs";
import path from "node:path";
import type { TokenBatch } from "@xlm/core";
import { readJson, toBatchFirst } from "@xlm/tools/golden";
import { createTransformer, joinModels, type EncoderDecoder, type Hypothesis } from "../src/index.js";
import { readReference } from "./reference.js";

interface RecordedHypothesis {
  score: number;
  tokens: number[];
}

interface Decoding {
  /** `[seq][batch]`, as is `decoded`. */
  x: number[][];
  lengths: number[];
  src_lang: number;
  tgt_lang: number;
  max_len: number;
  decoded: number[][];
  decoded_lengths: number[];
}

interface GreedyDecoding extends Decoding {
  method: "greedy";
  min_gap: number;
}

interface BeamDecoding extends Decoding {
  method: "beam";
  beam_size: number;
  length_penalty: number;
  early_stopping: boolean;
  hypotheses_f32: RecordedHypothesis[][];
  hypotheses_f64: Pick<RecordedHypothesis, "score">[][];
  min_candidate_gap: number;
}

export type DecodeCase = GreedyDecoding | BeamDecoding;

/** Folders of a model with recorded decodings. */
export const decodeFolders = (root: string): string[] =>
  fs
    .readdirSync(root)
    .map((name) => path.join(root, name))
    .filter((dir) => fs.existsSync(path.join(dir, "decode.json")))
    .sort();

export const readDecodings = (dir: string): DecodeCase[] => readJson<DecodeCase[]>(path.join(dir, "decode.json"));

export function readEncoderDecoder(dir: string): EncoderDecoder {
  const { encoder, decoder } = readReference(dir);
  return joinModels({
    encoder: createTransformer(encoder!.options, encoder!),
    decoder: createTransformer({ ...decoder!.options, crossAttention: true }, decoder!),
  });
}

/** What was translated. */
export function sourceOf({ x, lengths, src_lang }: Decoding): TokenBatch {
  const [seq, rows] = [x.length, lengths.length];
  return {
    ids: toBatchFirst(x.flat(), seq, rows),
    shape: [rows, seq],
    lengths: Int32Array.from(lengths),
    langs: new Int32Array(seq * rows).fill(src_lang),
  };
}

/** What came out, row by row, as the original returns it. */
export function decodedOf({ decoded, decoded_lengths, tgt_lang }: Decoding): TokenBatch {
  const [seq, rows] = [decoded.length, decoded_lengths.length];
  return {
    ids: toBatchFirst(decoded.flat(), seq, rows),
    shape: [rows, seq],
    lengths: Int32Array.from(decoded_lengths),
    langs: new Int32Array(seq * rows).fill(tgt_lang),
  };
}

/** The largest distance between our scores and the recorded ones of both precisions; infinite when their numbers differ. */
export function scoreDistance(ours: readonly Hypothesis[], ...theirs: readonly { score: number }[][]): number {
  return Math.max(
    0,
    ...theirs.flatMap((list) =>
      list.length === ours.length
        ? list.map(({ score }, i) => Math.abs(score - (ours[i] as Hypothesis).score))
        : [Infinity],
    ),
  );
}

/** Where the recorded hypothesis lists lie: every addition, and what the list then was. */
export interface RecordedList {
  n_hyp: number;
  max_len: number;
  length_penalty: number;
  early_stopping: boolean;
  log: {
    len: number;
    sum_logprobs: number;
    probe_best_sum_logprobs: number;
    is_done_after: boolean;
    worst_score: number;
    kept: { score: number; added_at: number }[];
  }[];
}

export const readLists = (root: string): RecordedList[] =>
  readJson<RecordedList[]>(path.join(root, "beam_hypotheses.json"));
