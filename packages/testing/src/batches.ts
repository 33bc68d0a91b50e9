import fc from "fast-check";
import type { TokenBatch, Vocab } from "@xlm/core";

export interface VocabOptions {
  /** Fewest ids, at least 8. @default 8 */
  minSize?: number;
  /** Most ids. @default 60 */
  maxSize?: number;
}

/**
 * Vocabularies whose special ids stand anywhere, so that a function with `2` written into it in place of `padId` is found.
 * `counts` are 0 for special ids and falling elsewhere, some of them 0.
 */
export function arbitraryVocab(options: VocabOptions = {}): fc.Arbitrary<Required<Vocab>> {
  const { minSize = 8, maxSize = 60 } = options;
  return fc
    .integer({ min: minSize, max: maxSize })
    .chain((size) =>
      fc.record({
        size: fc.constant(size),
        specials: fc.uniqueArray(fc.nat({ max: size - 1 }), { minLength: 5, maxLength: 5 }),
        top: fc.integer({ min: 1, max: 1000 }),
      }),
    )
    .map(({ size, specials, top }) => {
      const [bosId, eosId, padId, unkId, maskId] = specials as [number, number, number, number, number];
      const counts = new Int32Array(size);
      let rank = 1;
      for (let id = 0; id < size; id++) if (!specials.includes(id)) counts[id] = Math.floor(top / rank++);
      return { size, bosId, eosId, padId, unkId, maskId, counts };
    });
}

export interface BatchOptions {
  /** Fewest rows. @default 1 */
  minRows?: number;
  /** Most rows. @default 6 */
  maxRows?: number;
  /** Most tokens in a row. @default 12 */
  maxLength?: number;
  /** Whether every row is a sentence between two `eosId`; otherwise rows hold any tokens. @default false */
  framed?: boolean;
  /** Languages of the `langs` some batches have. @default 2 */
  nLangs?: number;
}

/**
 * Batches `[batch, seq]` over a vocabulary: rows of different lengths (1 or more; 2 or more when framed), up to three columns of
 * padding beyond the longest, with and without `positions` and `langs`. Tokens are any id but `padId`.
 */
export function arbitraryBatch(vocab: Vocab, options: BatchOptions = {}): fc.Arbitrary<TokenBatch> {
  const { minRows = 1, maxRows = 6, maxLength = 12, framed = false, nLangs = 2 } = options;
  const token = fc.nat({ max: vocab.size - 2 }).map((id) => (id >= vocab.padId ? id + 1 : id));
  const marks = framed ? 2 : 0;
  const row = fc
    .array(token, { minLength: framed ? 0 : 1, maxLength: Math.max(maxLength - marks, 1) })
    .map((words) => (framed ? [vocab.eosId, ...words, vocab.eosId] : words));
  return fc
    .record({
      rows: fc.array(row, { minLength: minRows, maxLength: maxRows }),
      padding: fc.nat({ max: 3 }),
      firstPosition: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
      lang: fc.option(fc.nat({ max: nLangs - 1 }), { nil: undefined }),
    })
    .map(({ rows, padding, firstPosition, lang }) => {
      const seq = Math.max(...rows.map((ids) => ids.length)) + padding;
      const shape = [rows.length, seq] as const;
      const fill = (value: (row: readonly number[], t: number) => number): Int32Array =>
        Int32Array.from({ length: rows.length * seq }, (_, i) => value(rows[Math.floor(i / seq)] as number[], i % seq));
      return {
        ids: fill((ids, t) => ids[t] ?? vocab.padId),
        shape,
        lengths: Int32Array.from(rows, (ids) => ids.length),
        ...(firstPosition !== undefined && { positions: fill((_, t) => firstPosition + t) }),
        ...(lang !== undefined && { langs: fill(() => lang) }),
      };
    });
}

/** A vocabulary with a batch over it. */
export function arbitraryVocabAndBatch(
  options: VocabOptions & BatchOptions = {},
): fc.Arbitrary<{ vocab: Required<Vocab>; batch: TokenBatch }> {
  return arbitraryVocab(options).chain((vocab) =>
    fc.record({ vocab: fc.constant(vocab), batch: arbitraryBatch(vocab, options) }),
  );
}
