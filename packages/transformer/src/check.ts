import { checkBatch, checkSize, OptionError, ShapeError, UnsupportedError, type TokenBatch } from "@xlm/core";
import type { TransformerConfig } from "./config.js";
import type { EncodedSource } from "./encode.js";
import type { Transformer } from "./model.js";

/**
 * Everything about a batch that the model relies on, before any work.
 * @throws ShapeError (`XLM_SHAPE`) for arrays that do not belong together, an empty batch or an empty row;
 *   OptionError (`XLM_OPTION`) for an id, position or language the model does not have.
 */
export function checkInput(config: TransformerConfig, batch: TokenBatch): void {
  const [rows, seq] = batch.shape;
  if (!(rows >= 1 && seq >= 1)) {
    throw new ShapeError({
      what: `the batch is [${batch.shape.join(", ")}]`,
      why: "there is nothing to encode",
      fix: "leave out empty batches",
    });
  }
  checkBatch(batch);
  const empty = batch.lengths.indexOf(0);
  if (empty >= 0) {
    throw new ShapeError({
      what: `row ${empty} has length 0`,
      why: "attention over no token at all is undefined",
      fix: "leave out empty rows; a sentence without words still has its two sentence marks",
    });
  }
  if (batch.positions === undefined && seq > config.maxLen) {
    throw new OptionError({
      what: `the batch is ${seq} tokens wide and the model has ${config.maxLen} positions`,
      why: "there is no embedding for later positions",
      fix: `cut sentences to ${config.maxLen} tokens, or make the model with a larger maxLen`,
    });
  }
  checkRange("ids", batch.ids, config.vocabSize, seq, "use the vocabulary the model was made for");
  if (batch.positions) {
    checkRange(
      "positions",
      batch.positions,
      config.maxLen,
      seq,
      `cut sentences to ${config.maxLen} tokens, or make the model with a larger maxLen`,
    );
  }
  if (batch.langs) checkRange("langs", batch.langs, config.nLangs, seq, "use the languages the model was made for");
}

function checkRange(name: string, values: Int32Array, size: number, seq: number, fix: string): void {
  const at = values.findIndex((value) => value < 0 || value >= size);
  if (at < 0) return;
  throw new OptionError({
    what: `${name}[${Math.floor(at / seq)}, ${at % seq}] is ${values[at]} and the model knows 0 to ${size - 1}`,
    why: "there is no embedding for it",
    fix,
  });
}

/**
 * That the model can read a batch without a source: a decoder can as a causal language model alone.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`).
 */
export function checkAlone({ config }: Transformer, attention: "full" | "causal" = "full"): void {
  if (!config.crossAttention || attention === "causal") return;
  throw new UnsupportedError({
    what: "the model is a decoder",
    why: "without a source it only writes, and sees no token before it is written",
    fix: 'call decode with the states of an encoder, or encode with attention: "causal"',
  });
}

/**
 * That the model is a decoder, and the states belong to the batch.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`), ShapeError (`XLM_SHAPE`).
 */
export function checkSource({ config }: Transformer, batch: TokenBatch, { states, lengths }: EncodedSource): void {
  if (!config.crossAttention) {
    throw new UnsupportedError({
      what: "the model is an encoder",
      why: "it has no attention to the states of another model",
      fix: "make it with crossAttention: true, or call encode",
    });
  }
  const [rows, seq, dim] = states.shape;
  if (rows !== batch.shape[0] || dim !== config.embDim) {
    throw new ShapeError({
      what: `the source states are [${states.shape.join(", ")}], the batch has ${batch.shape[0]} rows and the decoder embDim ${config.embDim}`,
      why: "every row is written from the states of its own source",
      fix: "encode as many rows, with an encoder as wide",
    });
  }
  checkSize("source lengths", lengths, [rows]);
  const bad = lengths.findIndex((length) => length < 1 || length > seq);
  if (bad < 0) return;
  throw new ShapeError({
    what: `source row ${bad} has length ${lengths[bad]} and the states are [${states.shape.join(", ")}]`,
    why: "attention is over at least one state, and over no padding",
    fix: "pass the lengths of the batch that was encoded",
  });
}

/**
 * Everything about the places to predict, before any work.
 * @param rows rows of the hidden states, `batch * seq`.
 * @throws ShapeError (`XLM_SHAPE`) for none, or another number of answers; OptionError (`XLM_OPTION`) for places or ids out of range.
 */
export function checkTargets(
  config: TransformerConfig,
  rows: number,
  targetIndices: Int32Array,
  targets?: Int32Array,
): void {
  if (targetIndices.length === 0) {
    throw new ShapeError({
      what: "there are no targets",
      why: "a mean over no prediction is undefined",
      fix: "leave out batches where nothing is predicted",
    });
  }
  if (targets && targets.length !== targetIndices.length) {
    throw new ShapeError({
      what: `there are ${targetIndices.length} target indices and ${targets.length} targets`,
      why: "every predicted place has one right answer",
      fix: "pass both arrays of the same PredictionBatch",
    });
  }
  checkIndices(
    "targetIndices",
    targetIndices,
    rows,
    "pass flat indices into [batch, seq] of the batch that was encoded",
  );
  if (targets) checkIndices("targets", targets, config.vocabSize, "use the vocabulary the model was made for");
}

/** @throws OptionError (`XLM_OPTION`) unless every value is from 0 to `size - 1`. */
export function checkIndices(name: string, values: Int32Array, size: number, fix: string): void {
  const at = values.findIndex((value) => value < 0 || value >= size);
  if (at < 0) return;
  throw new OptionError({
    what: `${name}[${at}] is ${values[at]} and there are ${size}`,
    why: "indices start at 0 and end below that",
    fix,
  });
}
