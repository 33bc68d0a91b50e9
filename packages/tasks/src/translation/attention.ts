import * as tf from "@tensorflow/tfjs-core";
import { sentenceBatch, sentenceLengths } from "@xlm/data";
import { decode, encode, type EncoderDecoder } from "@xlm/transformer";
import type { TextCodec } from "../text-codec.js";
import { checkLengths, directionIds, type Direction } from "./translate.js";

/** Where a translation model looks. */
export interface TranslationAttention {
  /** Subwords of the source between two end marks, as the encoder reads them. */
  readonly source: readonly string[];
  /** Subwords of the target and its end mark, as the decoder writes them. */
  readonly target: readonly string[];
  /** `[target][source]`: to the source when this word is written; each row adds up to 1. */
  readonly weights: readonly (readonly number[])[];
}

/**
 * The attention to the source in the decoder's last layer, mean over heads, for a line and its translation: the model's own or another.
 * @throws OptionError (`XLM_OPTION`), DataError (`XLM_DATA`) as `translate`.
 */
export function translationAttention(
  model: EncoderDecoder,
  codec: TextCodec,
  sourceLine: string,
  targetLine: string,
  direction: Direction,
): TranslationAttention {
  const langs = directionIds(codec, direction);
  const { dictionary } = codec;
  const [source, target] = [
    [sourceLine, direction.from, langs[0]] as const,
    [targetLine, direction.to, langs[1]] as const,
  ].map(([line, lang, id]) => {
    const corpus = codec.corpus([line], lang);
    checkLengths(model, sentenceLengths([corpus]));
    return sentenceBatch(corpus, Int32Array.of(0), dictionary, { lang: id });
  }) as [ReturnType<typeof sentenceBatch>, ReturnType<typeof sentenceBatch>];
  const words = (ids: Int32Array): string[] => Array.from(ids, (id) => dictionary.tokens[id] as string);
  const [nSource, nTarget] = [source.ids.length, target.ids.length];
  const last = `encattn${model.decoder.config.nLayers - 1}`;
  let flat = new Float32Array();
  const onAttention = (name: string, weights: tf.Tensor4D): void => {
    if (name === last) flat = tf.mean(weights, 1).dataSync<"float32">().slice(); // [target, source]
  };
  tf.tidy(() => {
    const states = encode(model.encoder, source);
    return decode(model.decoder, target, { states, lengths: source.lengths }, { onAttention });
  }).dispose();
  // The decoder reads </s> w1 .. wn </s>, and writes w1 at the first place; at the last there is nothing left to write.
  const weights = Array.from({ length: nTarget - 1 }, (_, i) => [...flat.subarray(i * nSource, (i + 1) * nSource)]);
  return { source: words(source.ids), target: words(target.ids.subarray(1)), weights };
}
