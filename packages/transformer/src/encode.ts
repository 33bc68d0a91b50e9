import * as tf from "@tensorflow/tfjs-core";
import type { Rng, TokenBatch } from "@xlm/core";
import {
  attention,
  attentionWeights,
  dropout,
  embeddingSum,
  gatherRows,
  layerNorm,
  linear,
  type DropoutSpec,
  type LayerNormOptions,
} from "@xlm/kernels";
import { checkAlone, checkInput, checkSource, checkTargets } from "./check.js";
import { hasLangEmbeddings } from "./config.js";
import { matrix, vector, type Transformer } from "./model.js";

export interface EncodeOptions {
  /** What a token sees: its whole sentence (MLM, TLM), or itself and what came before (CLM). @default "full" */
  attention?: "full" | "causal";
  /**
   * Gives dropout, so: training. Two words (`uint32`) are drawn for each place, whatever its rate: after the embeddings, then in each
   * layer on the attention weights and the attention output (in a decoder, the same for the attention to the source), and on the
   * feed-forward output.
   */
  dropoutRng?: Rng;
  /**
   * Is shown the states on the way, `[batch, seq, embDim]`: `emb`, then for each layer I `attnI`, `ln1_I`, in a decoder `encattnI` and
   * `ln15_I`, `ffnI`, `layerI`. The tensors live until `encode` returns. Rows of padding are zero in `emb` and `layerI` alone.
   */
  onState?: (name: string, state: tf.Tensor3D) => void;
  /**
   * Is shown the attention weights of each layer I, `[batch, nHeads, seq, seq]` as `attnI`, and in a decoder `[batch, nHeads, seq, source
   * seq]` as `encattnI`, before dropout. They are computed once more for it.
   */
  onAttention?: (name: string, weights: tf.Tensor4D) => void;
}

/** What only a look inside needs. */
type Watchers = "onState" | "onAttention";

/** What a decoder attends to: the states of an encoder. */
export interface EncodedSource {
  /** `[batch, source seq, embDim]`. */
  readonly states: tf.Tensor3D;
  /** `[batch]`: those of the source batch. */
  readonly lengths: Int32Array;
}

/**
 * Hidden states of the last layer (the original's `fwd`). A decoder is read as a causal language model: its attention to a source, and
 * the layer norm behind it, are passed over.
 *
 * Each layer is post-norm: x = LN(x + attention(x)), x = LN(x + ffn(x)), eps 1e-12, rows of padding set to zero after the
 * embeddings and after every layer. The embedding of `padId` gets no gradient from here, as PyTorch's `padding_idx` has it.
 * @param batch needs `langs` to add language embeddings; without, none are added (`langs=None` of the original). A model without
 *   language embeddings ignores them.
 * @returns `[batch, seq, embDim]`, the caller's to dispose. Differentiable with respect to `model.params`.
 * @throws before any work: ShapeError (`XLM_SHAPE`) for arrays that do not belong together, an empty batch or an empty row;
 *   OptionError (`XLM_OPTION`) for an id, position or language the model does not have.
 */
export function encode(model: Transformer, batch: TokenBatch, options: EncodeOptions = {}): tf.Tensor3D {
  checkInput(model.config, batch);
  checkAlone(model, options.attention);
  return run(model, batch, options) as tf.Tensor3D;
}

/**
 * The hidden states at some places only, as `encode` and then picking them would give: behind its attention, the last layer is computed for
 * no other place. A training step that predicts 15 % of the tokens saves about half of that layer.
 * Under dropout the last layer's masks are those of an `[n, embDim]` array.
 * @param indices `[n]` flat indices into `[batch, seq]`.
 * @param options without `onState`.
 * @returns `[n, embDim]`, the caller's to dispose. Differentiable with respect to `model.params`.
 * @throws as `encode`, and for indices out of range.
 */
export function encodeAt(
  model: Transformer,
  batch: TokenBatch,
  indices: Int32Array,
  options: Omit<EncodeOptions, Watchers> = {},
): tf.Tensor2D {
  checkInput(model.config, batch);
  checkAlone(model, options.attention);
  checkTargets(model.config, batch.ids.length, indices);
  return run(model, batch, options, { only: indices }) as tf.Tensor2D;
}

/**
 * Hidden states of a decoder's last layer: causal, and in each layer between the two parts of an encoder's,
 * x = LN(x + attention(x, source)) (`layer_norm15`, `encoder_attn` of the original).
 * @param decoder a model with `crossAttention`. @param batch the sentences it has, or should have, written.
 * @param source the encoder's states of as many rows.
 * @returns `[batch, seq, embDim]`, the caller's to dispose. Differentiable with respect to `decoder.params` and `source.states`.
 * @throws as `encode`; UnsupportedError (`XLM_UNSUPPORTED`) for a model without `crossAttention`.
 */
export function decode(
  decoder: Transformer,
  batch: TokenBatch,
  source: EncodedSource,
  options: Omit<EncodeOptions, "attention"> = {},
): tf.Tensor3D {
  checkInput(decoder.config, batch);
  checkSource(decoder, batch, source);
  return run(decoder, batch, { ...options, attention: "causal" }, { source }) as tf.Tensor3D;
}

/** `decode` at some places only, as `encodeAt` is `encode`. @returns `[n, embDim]`. */
export function decodeAt(
  decoder: Transformer,
  batch: TokenBatch,
  source: EncodedSource,
  indices: Int32Array,
  options: Omit<EncodeOptions, "attention" | Watchers> = {},
): tf.Tensor2D {
  checkInput(decoder.config, batch);
  checkSource(decoder, batch, source);
  checkTargets(decoder.config, batch.ids.length, indices);
  return run(decoder, batch, { ...options, attention: "causal" }, { source, only: indices }) as tf.Tensor2D;
}

interface RunParts {
  /** Compute the last layer for these places alone. */
  only?: Int32Array;
  source?: EncodedSource;
}

/** `[batch, seq, embDim]`, or `[n, embDim]` for the places in `only`. */
function run(
  model: Transformer,
  batch: TokenBatch,
  options: EncodeOptions,
  { only, source }: RunParts = {},
): tf.Tensor {
  const { config } = model;
  const causal = (options.attention ?? "full") === "causal";
  const project = (x: tf.Tensor, name: string, activation: "none" | "gelu" | "relu" = "none"): tf.Tensor =>
    linear(x, matrix(model, `${name}.weight`), vector(model, `${name}.bias`), { activation });
  const keyFor = (rate: number): DropoutSpec | undefined => {
    if (!options.dropoutRng) return undefined;
    const key = [options.dropoutRng.uint32(), options.dropoutRng.uint32()] as const;
    return rate > 0 ? { rate, key } : undefined;
  };

  return tf.tidy(() => {
    const [rows, seq] = batch.shape;
    const shape: [number, number] = [rows, seq];
    const lengths = tf.tensor1d(batch.lengths, "int32");
    const mask = paddingMask(batch);
    let rowMask = mask && tf.tensor1d(mask);
    const norm = (x: tf.Tensor, name: string, rest: LayerNormOptions): tf.Tensor =>
      layerNorm(x, vector(model, `${name}.weight`), vector(model, `${name}.bias`), rest);
    const show = (name: string, state: tf.Tensor): tf.Tensor => {
      options.onState?.(name, state as tf.Tensor3D);
      return state;
    };

    const withLangs = batch.langs !== undefined && hasLangEmbeddings(config);
    const sum = embeddingSum(
      tf.tensor2d(batch.ids, shape, "int32"),
      tf.tensor2d(batch.positions ?? countingPositions(rows, seq), shape, "int32"),
      withLangs ? tf.tensor2d(batch.langs, shape, "int32") : null,
      matrix(model, "embeddings.weight"),
      matrix(model, "position_embeddings.weight"),
      withLangs ? matrix(model, "lang_embeddings.weight") : null,
      { padId: config.padId },
    );
    let x = norm(sum, "layer_norm_emb", { rowMask });
    const embDropout = keyFor(config.dropout);
    if (embDropout) x = dropout(x, embDropout);
    show("emb", x);

    const { nHeads } = config;
    const sourceLengths = source && tf.tensor1d(source.lengths, "int32");
    /** What `queries` take from `keys`, in front of the output map of the attention `name`. */
    const look = (
      name: string,
      queries: tf.Tensor,
      keys: tf.Tensor,
      keyLengths: tf.Tensor,
      isCausal: boolean,
    ): tf.Tensor => {
      const q = project(queries, `${name}.q_lin`);
      const k = project(keys, `${name}.k_lin`);
      const v = project(keys, `${name}.v_lin`);
      const masking = { nHeads, lengths: keyLengths, causal: isCausal };
      if (options.onAttention) {
        const [kind, layer] = name.split(".");
        const shown = attentionWeights(q, k, masking);
        options.onAttention(`${kind === "attentions" ? "attn" : "encattn"}${layer}`, shown);
      }
      return attention(q, k, v, { ...masking, dropout: keyFor(config.attentionDropout) });
    };
    for (let i = 0; i < config.nLayers; i++) {
      const isLast = i === config.nLayers - 1;
      let context = look(`attentions.${i}`, x, x, lengths, causal);
      const pick = (places: Int32Array): void => {
        const indices = tf.tensor1d(places, "int32");
        [context, x] = [gatherRows(context, indices), gatherRows(x, indices)];
        rowMask = mask && tf.tensor1d(Float32Array.from(places, (place) => mask[place] as number));
      };
      if (only && isLast && !source) pick(only);
      const attended = show(`attn${i}`, project(context, `attentions.${i}.out_lin`));
      let between = norm(attended, `layer_norm1.${i}`, { residual: x, dropout: keyFor(config.dropout) });
      show(`ln1_${i}`, between);
      if (source) {
        x = between;
        context = look(`encoder_attn.${i}`, x, source.states, sourceLengths as tf.Tensor, false);
        if (only && isLast) pick(only);
        const found = show(`encattn${i}`, project(context, `encoder_attn.${i}.out_lin`));
        between = norm(found, `layer_norm15.${i}`, { residual: x, dropout: keyFor(config.dropout) });
        show(`ln15_${i}`, between);
      }
      const inner = project(between, `ffns.${i}.lin1`, config.activation);
      const fed = show(`ffn${i}`, project(inner, `ffns.${i}.lin2`));
      x = norm(fed, `layer_norm2.${i}`, { residual: between, dropout: keyFor(config.dropout), rowMask });
      show(`layer${i}`, x);
    }
    return x;
  });
}

/** `[batch * seq]`: 1 for tokens, 0 for padding; nothing when no row is padded. */
function paddingMask({ shape: [rows, seq], lengths }: TokenBatch): Float32Array | undefined {
  if (lengths.every((length) => length === seq)) return undefined;
  const mask = new Float32Array(rows * seq);
  lengths.forEach((length, row) => mask.fill(1, row * seq, row * seq + length));
  return mask;
}

const countingPositions = (rows: number, seq: number): Int32Array => {
  const positions = new Int32Array(rows * seq);
  for (let i = 0; i < positions.length; i++) positions[i] = i % seq;
  return positions;
};
