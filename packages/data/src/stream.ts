import { checkInt, DataError, type LangId, type TokenBatch, type Vocab } from "@xlm/core";
import { compact, countSentences, type Corpus } from "./corpus.js";

export interface StreamOptions {
  /** Rows of a window: pieces of the text read side by side. @default 64 (§5.1) */
  batchSize?: number;
  /** Tokens of a row of a window (original: `--bptt`). @default 256 (§5.1) */
  bptt?: number;
  /** Language of the text, written into `langs`. @default windows have no `langs` */
  lang?: LangId;
}

/** A text cut into windows of equal size, sentence ends wherever they fall. */
export interface Stream {
  readonly nWindows: number;
  /** Ids of the text, end marks included. */
  readonly nTokens: number;
  /** Sentences of the text; after `select`, end marks in the windows that are left. */
  readonly nSentences: number;
  /** Window `index` of `0..nWindows-1`, `[batchSize, bptt]`, without padding. */
  window(index: number): TokenBatch;
  /** Sentences that end in window `index`: end marks of the text, without those that fill up or stand in front. */
  countEnds(index: number): number;
  /** Windows `from..to-1` alone. The first `floor(nWindows / k)` are the original's `subsample`. */
  select(from: number, to: number): Stream;
}

/**
 * Lays a corpus out for CLM and MLM (§3.2, §3.3; original: `StreamDataset`): the ids, preceded by as many end marks as fill
 * up the last window, are cut into `batchSize` rows of equal length; each row gets one more end mark in front, and windows
 * of `bptt` columns are cut from left to right. So the last token of each row, `batchSize` tokens in all, is never served.
 * Nothing is copied before a window is asked for, unless sentences had been filtered out.
 * @throws DataError (`XLM_DATA`) for a corpus without ids; OptionError (`XLM_OPTION`) for sizes below 1.
 */
export function createStream(corpus: Corpus, vocab: Pick<Vocab, "eosId">, options: StreamOptions = {}): Stream {
  const { batchSize = 64, bptt = 256, lang } = options;
  checkInt("batchSize", batchSize, 1);
  checkInt("bptt", bptt, 1);
  const { ids } = compact(corpus);
  const { eosId } = vocab;
  if (ids.length === 0) {
    throw new DataError({
      what: "the corpus is empty",
      why: "there is nothing to stream",
      fix: "index some text first",
    });
  }
  const nAll = Math.ceil(ids.length / (batchSize * bptt));
  const width = nAll * bptt; // tokens of a row, its end mark in front not counted
  const padding = batchSize * width - ids.length;

  /** What a row of a window has of the text, and the column where that begins. */
  const piece = (index: number, row: number): { words: Uint16Array | Int32Array; column: number } => {
    const at = row * width + index * bptt - 1 - padding; // place in `ids` of the window's first column
    const from = Math.max(0, index === 0 ? at + 1 : at);
    const to = Math.max(from, at + bptt);
    return { words: ids.subarray(from, to), column: Math.min(from - at, bptt) };
  };

  const countEnds = (index: number): number => {
    let n = 0;
    for (let row = 0; row < batchSize; row++) for (const id of piece(index, row).words) if (id === eosId) n++;
    return n;
  };

  const cut = (index: number): TokenBatch => {
    const out = new Int32Array(batchSize * bptt).fill(eosId);
    for (let row = 0; row < batchSize; row++) {
      const { words, column } = piece(index, row);
      out.set(words, row * bptt + column);
    }
    const lengths = new Int32Array(batchSize).fill(bptt);
    const batch: TokenBatch = { ids: out, shape: [batchSize, bptt], lengths };
    return lang === undefined ? batch : { ...batch, langs: new Int32Array(out.length).fill(lang) };
  };

  const endsAmong = (first: number, nWindows: number): number => {
    let ends = 0;
    for (let i = 0; i < nWindows; i++) for (const id of cut(first + i).ids) if (id === eosId) ends++;
    return ends;
  };

  /** @param count the sentences, counted when somebody asks, for it may mean reading a file. */
  const view = (first: number, nWindows: number, count: () => number): Stream => {
    let sentences: number | undefined;
    return {
      nWindows,
      nTokens: ids.length,
      get nSentences() {
        return (sentences ??= count());
      },
      window: (index) => {
        checkInt("window", index, 0, nWindows - 1);
        return cut(first + index);
      },
      countEnds: (index) => {
        checkInt("window", index, 0, nWindows - 1);
        return countEnds(first + index);
      },
      select: (from, to) => {
        checkInt("from", from, 0, nWindows);
        checkInt("to", to, from, nWindows);
        return view(first + from, to - from, () => endsAmong(first + from, to - from));
      },
    };
  };
  return view(0, nAll, () => countSentences(corpus));
}
