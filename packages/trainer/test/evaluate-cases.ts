// Recorded evaluations of the original, for a folder laid out as the reference's `train`.
import fs from "node:fs";
import path from "node:path";
import { langId, type LangId, type PredictionBatch, type TokenBatch } from "@xlm/core";
import type { Corpus } from "@xlm/data";
import { readJson, readTensors } from "@xlm/tools/golden";
import type { Trainable, TransformerConfig } from "@xlm/transformer";
import {
  evaluationBatches,
  type EvaluationBatch,
  type EvaluationBatchesOptions,
  type EvaluationText,
} from "../src/index.js";
import { predictionBatch, recordedModel, recordedTranslator, tokenBatch } from "./recorded.js";
import { recordedRuns } from "./train-cases.js";

type Table = number[][];
interface RecordedPredictions {
  x: Table;
  lengths: number[];
  positions: Table | null;
  langs: Table | null;
  causal: boolean;
  pred_mask: Table;
  y: number[];
}
interface RecordedTranslation {
  x1: Table;
  len1: number[];
  langs1: Table;
  x2: Table;
  len2: number[];
  langs2: Table;
  pred_mask: Table;
  y: number[];
}
interface RecordedEvaluation {
  scores: Record<string, number>;
  batches: (RecordedPredictions | RecordedTranslation)[];
}
type RecordedFile = { weights: string } & (RecordedEvaluation | Record<string, RecordedEvaluation>);

export interface EvaluationCase {
  readonly name: string;
  /** Of the model, from the folder of all areas. */
  readonly weights: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly batches: readonly EvaluationBatch[];
}

/** Those of every `eval*.json`: a file holds one, or several by name. */
export function evaluationCases(dir: string): EvaluationCase[] {
  const files = fs.readdirSync(dir).filter((file) => /^eval.*\.json$/.test(file));
  return files.flatMap((file) => {
    const { weights, ...rest } = readJson<RecordedFile>(path.join(dir, file));
    const found =
      "batches" in rest ? { [file]: rest as RecordedEvaluation } : (rest as Record<string, RecordedEvaluation>);
    return Object.entries(found).map(([name, { scores, batches }]) => {
      return { name, weights, scores, batches: batches.map(batchOf) };
    });
  });
}

function batchOf(recorded: RecordedPredictions | RecordedTranslation): EvaluationBatch {
  const mask = recorded.pred_mask.flat();
  const text = (ids: Table, lengths: number[], langs: Table | null, positions: Table | null = null): TokenBatch =>
    tokenBatch({ ids: ids.flat(), seq: ids.length, lengths, langs: langs?.flat(), positions: positions?.flat() });
  if ("x1" in recorded) {
    const { x1, len1, langs1, x2, len2, langs2, y } = recorded;
    const target = predictionBatch(text(x2, len2, langs2), mask, y);
    return { objective: "mt", batch: { source: text(x1, len1, langs1), target } };
  }
  const { x, lengths, langs, positions, causal, y } = recorded;
  const objective = causal ? "clm" : positions ? "tlm" : "mlm";
  return { objective, batch: predictionBatch(text(x, lengths, langs, positions), mask, y) };
}

/** The trained model whose weights are `train/RUN.final.safetensors`. */
export function evaluatedModel(root: string, weights: string): Trainable {
  const dir = path.join(root, path.dirname(weights));
  const run = recordedRuns(dir).find(({ name }) => name === path.basename(weights).split(".")[0])!;
  const tensors = readTensors(path.join(root, weights));
  if (run.info.model_params) return recordedModel(run.info.model_params, tensors);
  return recordedTranslator(
    run.info.initial_weights.split(",").map((file) => path.join(root, file.trim())),
    tensors,
  );
}

/** The batches that `evaluationBatches` makes of the text that the recorded ones hold. */
export function remadeBatches(
  { batches }: EvaluationCase,
  { vocabSize, nLangs }: TransformerConfig,
): EvaluationBatch[] {
  const vocab = { size: vocabSize, ...SPECIAL_IDS };
  const { text, sizes } = textOf(batches, nLangs);
  // The share of hidden words is not recorded: the one, in percent, that hides as many.
  const count = (made: readonly EvaluationBatch[]): number =>
    made.reduce((sum, { batch }) => sum + ("target" in batch ? batch.target : batch).targets.length, 0);
  const shares = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
  const tries = shares.map((predictProb) => [...evaluationBatches(text, vocab, { ...sizes, predictProb })]);
  return tries.find((made) => count(made) === count(batches)) ?? [];
}

function textOf(
  batches: readonly EvaluationBatch[],
  nLangs: number,
): { text: EvaluationText; sizes: EvaluationBatchesOptions } {
  const rows = batches.flatMap(rowsOf);
  const lang = (token: Token | undefined): LangId => langId(token!.lang, nLangs);
  const first = batches[0]!;
  if (first.objective !== "mt" && !first.batch.positions) {
    const { objective, batch } = first as { objective: "mlm" | "clm"; batch: PredictionBatch };
    const [batchSize, seqLen] = batch.shape;
    // The marks that fill up the front of a stream are no sentences; its very last mark is never served.
    const corpus = corpusOf(sentencesOf(rows.flat()));
    return { text: { objective, corpus, lang: lang(rows[0]![0]) }, sizes: { batchSize, seqLen } };
  }
  const { objective } = first as { objective: "tlm" | "clm" | "mt" };
  const pairs = rows.map((row) => sentencesOf(row) as [Token[], Token[]]);
  const side = (i: 0 | 1): Corpus => corpusOf(pairs.map((pair) => pair[i]));
  const langs = [lang(pairs[0]![0][0]), lang(pairs[0]![1][0])] as const;
  // Some size gives as many batches; which one is not recorded.
  const batchSize = pairs.findIndex((_, i) => Math.ceil(pairs.length / (i + 1)) === batches.length) + 1;
  return { text: { objective, sides: [side(0), side(1)], langs }, sizes: { batchSize } };
}

const SPECIAL_IDS = { bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };

interface Token {
  id: number;
  lang: number;
}

/** The tokens of each row, unmasked; of a translation those of both sides. */
function rowsOf({ objective, batch }: EvaluationBatch): Token[][] {
  if ("target" in batch) {
    const [sources, targets] = [tokensOf(batch.source), tokensOf(batch.target)];
    return sources.map((source, row) => [...source, ...targets[row]!]);
  }
  const ids = batch.ids.slice();
  if (objective !== "clm") batch.targetIndices.forEach((at, i) => (ids[at] = batch.targets[i]!));
  return tokensOf({ ...batch, ids });
}

const tokensOf = ({ ids, langs, lengths, shape: [, seq] }: TokenBatch): Token[][] =>
  Array.from(lengths, (length, row) =>
    Array.from({ length }, (_, t) => ({ id: ids[row * seq + t]!, lang: langs![row * seq + t]! })),
  );

/** What stands between marks. */
function sentencesOf(tokens: readonly Token[]): Token[][] {
  const sentences: Token[][] = [[]];
  for (const token of tokens) {
    if (token.id === SPECIAL_IDS.eosId) sentences.push([]);
    else sentences.at(-1)!.push(token);
  }
  return sentences.filter(({ length }) => length > 0);
}

function corpusOf(sentences: readonly (readonly Token[])[]): Corpus {
  const ids: number[] = [];
  const positions = sentences.flatMap((sentence) => {
    const start = ids.length;
    ids.push(...sentence.map(({ id }) => id), SPECIAL_IDS.eosId);
    return [start, ids.length - 1];
  });
  return { ids: Int32Array.from(ids), positions: Int32Array.from(positions) };
}
