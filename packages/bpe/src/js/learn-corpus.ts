import { MismatchError } from "@xlm/core";
import { binaryToText, textToBinary } from "../bytes.js";
import { DUMP_HEAD } from "../dump.js";
import { hashMapOrder } from "./hash-order.js";
import type { LearnPlan } from "../learn-plan.js";
import { type WordSource, checkWeight } from "../learn-source.js";
import { excerpt } from "../lines.js";
import { END, createSymbolTable, splitSymbols } from "../symbols.js";

/** All distinct words as one row of symbols. */
export interface SymbolCorpus {
  /** `[positions]` symbol ids; -1 before, between and after words. */
  symbols: Int32Array;
  /** `[positions]` how often the word around each position occurs. */
  counts: Float64Array;
  /** Binary string of each symbol id. */
  names: string[];
}

/** Words `bytes[starts[i], ends[i])` with their counts. */
export interface PackedWords {
  bytes: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
  counts: Float64Array;
}

function readWords(source: WordSource): PackedWords {
  const n = source.words;
  const bytes = source.dump();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = { bytes, starts: new Int32Array(n), ends: new Int32Array(n), counts: new Float64Array(n) };
  for (let i = 0, at = 0; i < n; i++) {
    words.counts[i] = view.getFloat64(at + 4, true);
    words.starts[i] = at + DUMP_HEAD;
    at += DUMP_HEAD + view.getUint32(at, true);
    words.ends[i] = at;
  }
  return words;
}

/**
 * Cuts every word into the symbols that merging starts from.
 * @throws DataError (see `checkWeight`); MismatchError if the order lists symbols and the words hold another one.
 */
export function symbolCorpus(source: WordSource, { order, growth }: LearnPlan): SymbolCorpus {
  const words = readWords(source);
  const { bytes, starts, ends } = words;
  const n = ends.length;
  const visit = order === "fastbpe" ? hashMapOrder(words, growth) : undefined;
  const table = createSymbolTable();
  const listed = typeof order === "string" ? undefined : order;
  if (listed) for (const token of listed) table.intern(textToBinary(token));

  const symbols = new Int32Array(bytes.length - (DUMP_HEAD - 1) * n + 1);
  const counts = new Float64Array(symbols.length);
  const cuts = new Int32Array(ends.reduce((most, end, i) => Math.max(most, end - starts[i]!), 0));
  let size = 0;
  let weight = 0;
  symbols[size++] = -1;
  for (let i = 0; i < n; i++) {
    const word = visit ? visit[i]! : i;
    let start = starts[word]!;
    const m = splitSymbols(bytes, start, ends[word]!, cuts);
    weight += m * words.counts[word]!;
    for (let k = 0; k < m; k++) {
      const last = k === m - 1;
      const id = table.findOrAdd(bytes, start, cuts[k]!, last);
      if (listed && id >= listed.length) throw unlisted(table.names[id]!);
      counts[size] = words.counts[word]!;
      symbols[size++] = id;
      start = cuts[k]!;
    }
    symbols[size++] = -1;
  }
  checkWeight(weight);
  const corpus = { symbols: symbols.subarray(0, size), counts: counts.subarray(0, size), names: [...table.names] };
  return order === "bytes" ? renumberByBytes(corpus) : corpus;
}

function renumberByBytes({ symbols, counts, names }: SymbolCorpus): SymbolCorpus {
  const sorted = [...names].sort((a, b) => (a < b ? -1 : 1)); // binary strings: code units are bytes
  const rank = new Map(sorted.map((name, id) => [name, id]));
  const newId = Int32Array.from(names, (name) => rank.get(name)!);
  return { symbols: symbols.map((id) => (id < 0 ? id : newId[id]!)), counts, names: sorted };
}

/** @param symbol A binary string. */
export const unlisted = (symbol: string): MismatchError =>
  new MismatchError({
    what: `the words hold the symbol ${excerpt(binaryToText(symbol))}, which initialTokens does not list`,
    why: `every character needs a place in that order, once inside words and once with ${END} at their end`,
    fix: "pass the list that belongs to this corpus, or leave initialTokens out",
  });
