import * as tf from "@tensorflow/tfjs-core";
import { MismatchError, ShapeError, type Rng, type TensorData, type TranslationBatch } from "@xlm/core";
import { meanLoss } from "@xlm/kernels";
import { checkInput, checkTargets } from "./check.js";
import { completeConfig, type TransformerConfig, type TransformerOptions } from "./config.js";
import { decodeAt, encode, type EncodeOptions } from "./encode.js";
import { initWeights } from "./init.js";
import { createTransformer, joinModels, partWeights, type Joined, type Transformer } from "./model.js";
import { outputLosses } from "./output.js";
import { checkWeights } from "./weights.js";

/** A model that translates: an encoder that reads and a decoder that writes. Parameters are `encoder.*` and `decoder.*`. */
export type EncoderDecoder = Joined<{ readonly encoder: Transformer; readonly decoder: Transformer }>;

/** Sizes of both parts; `crossAttention` follows from the part. */
export interface EncoderDecoderOptions {
  readonly encoder: TransformerOptions;
  readonly decoder: TransformerOptions;
}

type Weights = Readonly<Record<string, TensorData>>;

/** Where the weights of both parts come from. */
export type EncoderDecoderSource =
  | {
      readonly rng: Rng;
      /** Weights of a pretrained model for the encoder (`--reload_model "enc,dec"`). @default drawn */
      readonly encoder?: Weights;
      /** The same for the decoder; what an encoder lacks, the attention to the source and its layer norm, is drawn. @default drawn */
      readonly decoder?: Weights;
    }
  /** All weights, named `encoder.*` and `decoder.*`. */
  | { readonly weights: Weights };

/**
 * An encoder and a decoder (§5.1, §5.2; the original's `build_model` without `encoder_only`). They share no parameters.
 * @param options of both, or the same sizes for both.
 * @param source what is drawn is the same whether or not the other weights are given.
 * @throws OptionError (`XLM_OPTION`), MismatchError (`XLM_MISMATCH`) as `createTransformer`.
 */
export function createEncoderDecoder(
  options: TransformerOptions | EncoderDecoderOptions,
  source: EncoderDecoderSource,
): EncoderDecoder {
  const both = "encoder" in options ? options : { encoder: options, decoder: options };
  const configs = {
    encoder: completeConfig({ ...both.encoder, crossAttention: false }),
    decoder: completeConfig({ ...both.decoder, crossAttention: true }),
  };
  checkWidths(configs);
  const weights =
    "weights" in source
      ? { encoder: partWeights(source.weights, "encoder"), decoder: partWeights(source.weights, "decoder") }
      : startWeights(configs, source);
  // Both are checked before either takes memory.
  const fitting = {
    encoder: checkWeights(configs.encoder, weights.encoder),
    decoder: checkWeights(configs.decoder, weights.decoder),
  };
  return joinModels({
    encoder: createTransformer(configs.encoder, { weights: fitting.encoder }),
    decoder: createTransformer(configs.decoder, { weights: fitting.decoder }),
  });
}

type Configs = Record<"encoder" | "decoder", TransformerConfig>;

function startWeights(
  configs: Configs,
  source: { rng: Rng; encoder?: Weights; decoder?: Weights },
): Record<"encoder" | "decoder", Weights> {
  const drawn = {
    encoder: initWeights(configs.encoder, source.rng.split()),
    decoder: initWeights(configs.decoder, source.rng.split()),
  };
  if (!source.decoder) return { ...drawn, encoder: source.encoder ?? drawn.encoder };
  const fresh = Object.entries(drawn.decoder).filter(([name]) => /^(layer_norm15|encoder_attn)\./.test(name));
  return { encoder: source.encoder ?? drawn.encoder, decoder: { ...Object.fromEntries(fresh), ...source.decoder } };
}

function checkWidths({ encoder, decoder }: Configs): void {
  if (encoder.embDim === decoder.embDim) return;
  throw new MismatchError({
    what: `the encoder has embDim ${encoder.embDim} and the decoder ${decoder.embDim}`,
    why: "the decoder attends to the encoder's states",
    fix: "give both the same width",
  });
}

/**
 * Mean cross entropy of the target given the source, in nats per predicted token: what `mt`, `ae` and `bt` minimise (the original's
 * `mt_step`). The decoder's last layer is computed only where something is predicted.
 * @param batch `target` holds its own words to read and predict, as `clmTargets` makes it.
 * @returns a scalar, differentiable with respect to `model.params`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) before any work.
 */
export function translationLoss(
  model: EncoderDecoder,
  { source, target }: TranslationBatch,
  options: Pick<EncodeOptions, "dropoutRng"> = {},
): tf.Scalar {
  const { targetIndices, targets } = target;
  checkInput(model.decoder.config, target);
  checkTargets(model.decoder.config, target.ids.length, targetIndices, targets);
  if (source.shape[0] !== target.shape[0]) {
    throw new ShapeError({
      what: `there are ${source.shape[0]} sources and ${target.shape[0]} targets`,
      why: "every target is the translation of its own source",
      fix: "pass both sides of the same batch",
    });
  }
  return tf.tidy(() => {
    const encoded = { states: encode(model.encoder, source, options), lengths: source.lengths };
    const states = decodeAt(model.decoder, target, encoded, targetIndices, options);
    return meanLoss(outputLosses(model.decoder, states, targets));
  });
}
