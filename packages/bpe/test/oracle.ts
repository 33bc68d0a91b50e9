// Slow, obvious BPE over lists of strings, written straight from the definition: what the fast code is checked against.
import type { Merge } from "../src/index.js";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Characters of a word; the last one carries the end marker. */
function characters(word: string): string[] {
  const symbols = [...word];
  symbols.push(`${symbols.pop() ?? ""}</w>`);
  return symbols;
}

function mergePair<T>(symbols: readonly T[], left: T, right: T, merged: T): T[] {
  const out: T[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      out.push(merged);
      i++;
    } else out.push(symbols[i]!);
  }
  return out;
}

/** Counts all pairs afresh for every merge. Ids, not strings: a symbol that is made again is another one. */
export function slowLearn(words: ReadonlyMap<string, number>, nMerges: number): Merge[] {
  const names = [...new Set([...words.keys()].flatMap(characters))].sort(byBytes);
  let corpus = [...words].map(([word, count]) => ({ ids: characters(word).map((name) => names.indexOf(name)), count }));
  const merges: Merge[] = [];
  while (merges.length < nMerges) {
    const pairs = new Map<string, { left: number; right: number; count: number }>();
    for (const { ids, count } of corpus) {
      for (let i = 0; i + 1 < ids.length; i++) {
        const pair = { left: ids[i]!, right: ids[i + 1]!, count: 0 };
        const key = `${pair.left} ${pair.right}`;
        pairs.set(key, { ...pair, count: (pairs.get(key)?.count ?? 0) + count });
      }
    }
    const [best] = [...pairs.values()].sort((a, b) => b.count - a.count || a.left - b.left || a.right - b.right);
    if (best === undefined) break;
    const { left, right, count } = best;
    merges.push({ left: names[left]!, right: names[right]!, count });
    const merged = names.push(names[left]! + names[right]!) - 1;
    corpus = corpus.map(({ ids, count: n }) => ({ ids: mergePair(ids, left, right, merged), count: n }));
  }
  return merges;
}

/** Subwords of one word: rounds of the lowest-ranked pair, then taking apart what the vocabulary lacks. */
export function slowEncode(word: string, merges: readonly Merge[], vocab?: ReadonlyMap<string, number>): string[] {
  let symbols = characters(word);
  for (;;) {
    const next = merges.find(({ left, right }) =>
      symbols.some((symbol, i) => symbol === left && symbols[i + 1] === right),
    );
    if (next === undefined) break;
    symbols = mergePair(symbols, next.left, next.right, next.left + next.right);
  }
  const print = (symbol: string, last: boolean): string => (last ? symbol.slice(0, -4) : `${symbol}@@`);
  const split = (symbol: string, last: boolean): string[] => {
    const merge = merges.find(({ left, right }) => left + right === symbol);
    if (vocab === undefined || vocab.has(print(symbol, last)) || merge === undefined) return [print(symbol, last)];
    return [...split(merge.left, false), ...split(merge.right, last)];
  };
  return symbols.flatMap((symbol, i) => split(symbol, i === symbols.length - 1));
}
