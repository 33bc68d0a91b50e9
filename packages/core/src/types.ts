import { OptionError } from "./errors.js";

declare const langBrand: unique symbol;

/** The index of a language in the model's (sorted) language list: a number that cannot be mistaken for a token id. */
export type LangId = number & { readonly [langBrand]: true };

/**
 * Brands a number as a language id.
 * @throws OptionError (`XLM_OPTION`) when it is not an integer in `0..nLangs-1`.
 */
export function langId(value: number, nLangs: number): LangId {
  if (!Number.isInteger(value) || value < 0 || value >= nLangs) {
    throw new OptionError({
      what: `language id is ${value} and there are ${nLangs} languages`,
      why: "a language id indexes the model's language embeddings",
      fix: `use an integer from 0 to ${nLangs - 1}`,
    });
  }
  return value as LangId;
}

/**
 * Token ids with what the model needs to read them. All `[batch, seq]` arrays are row-major: token `t` of row `b` stands at `b * seq + t`.
 * The original stores the transpose, `[seq, batch]`.
 */
export interface TokenBatch {
  /** `[batch, seq]`, padded at the end of a row with the vocabulary's `padId`. */
  readonly ids: Int32Array;
  readonly shape: readonly [batch: number, seq: number];
  /** `[batch]`: real tokens of each row, its sentence marks included; the rest of the row is padding. */
  readonly lengths: Int32Array;
  /** `[batch, seq]`; absent means `0..seq-1` in every row. */
  readonly positions?: Int32Array;
  /** `[batch, seq]` language ids; absent for a model without language embeddings. */
  readonly langs?: Int32Array;
}

/** A batch with the places where the model must predict, and what stood there. */
export interface PredictionBatch extends TokenBatch {
  /** `[n]`: flat indices into `[batch, seq]`, ascending. */
  readonly targetIndices: Int32Array;
  /** `[n]`: the ids to predict, in the same order. */
  readonly targets: Int32Array;
}

/** Sentences to translate, and their translations to predict word by word. Both have as many rows. */
export interface TranslationBatch {
  readonly source: TokenBatch;
  readonly target: PredictionBatch;
}

/** What the objectives and the model need to know of a vocabulary. `@xlm/data`'s dictionary is one. */
export interface Vocab {
  /** Number of ids, special tokens included. */
  readonly size: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  readonly unkId: number;
  readonly maskId: number;
  /** `[size]` occurrences by id (0 for special tokens); needed by frequency-weighted masking alone. */
  readonly counts?: ArrayLike<number>;
}

/** Element types of safetensors that we read and write, with the array each comes as. */
export interface TensorArrays {
  F32: Float32Array;
  F64: Float64Array;
  I32: Int32Array;
  I64: BigInt64Array;
  U8: Uint8Array;
  U16: Uint16Array;
  U32: Uint32Array;
  BOOL: Uint8Array;
}
export type TensorDtype = keyof TensorArrays;

/** One named array: a weight, a moment, a corpus of ids. */
export interface TensorData<D extends TensorDtype = TensorDtype> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TensorArrays[D];
}
