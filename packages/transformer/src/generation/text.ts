import type { TokenBatch } from "@xlm/core";

/** Sentences that were written. */
export interface Generation {
  /** Each row is `</s> w1 .. wn </s>` and padding. `langs` is there when languages were given. */
  readonly batch: TokenBatch;
  /**
   * `[batch]`: the log-probability of what was written, final end mark included, in nats: the sum of those the model gives to each token
   * behind the ones before it.
   */
  readonly scores: Float64Array;
}

/** One row. */
export interface Text {
  readonly tokens: readonly number[];
  /** Of each token; of no account for a model without language embeddings. */
  readonly langs: readonly number[];
}

/** Rows as a batch. Padding has the language of what comes before it. */
export function textBatch(texts: readonly Text[], padId: number, withLangs: boolean): TokenBatch {
  const lengths = Int32Array.from(texts, ({ tokens }) => tokens.length);
  const seq = Math.max(...lengths);
  const ids = new Int32Array(texts.length * seq).fill(padId);
  const langs = new Int32Array(texts.length * seq);
  texts.forEach((text, row) => {
    ids.set(text.tokens, row * seq);
    langs.fill(text.langs.at(-1) as number, row * seq, (row + 1) * seq);
    langs.set(text.langs, row * seq);
  });
  return { ids, shape: [texts.length, seq], lengths, ...(withLangs && { langs }) };
}
