import { binaryToText, textToBinary, toBinary } from "../bytes.js";
import { DUMP_HEAD } from "../dump.js";
import { unlisted } from "../js/learn-corpus.js";
import type { LearnPlan, LearnedPairs } from "../learn-plan.js";
import { type WordSource, checkWeight } from "../learn-source.js";
import { END } from "../symbols.js";
import { type Kernel, createKernel } from "./kernel.js";
import { kernelOf } from "./table.js";

/** What `assembly/learn.ts` exports, and describes. */
export interface LearnExports {
  learnAlloc(bytes: number): number;
  learnRead(at: number, size: number, words: number, growth: number): void;
  learnWeight(): number;
  learnSymbols(): number;
  learnSymbolCount(): number;
  learnStart(ranks: number, nRanks: number, once: number): void;
  learnMerge(limit: number, answer: number): number;
  learnAskedLeft(): number;
  learnAskedRight(): number;
  learnMerges(): number;
  learnMergeCount(): number;
  learnSpent(): bigint;
}

/** Bytes behind a dump that may be read with its last word. */
const SLACK = 16;
const PIECE = 1 << 18;
const SYMBOL = 16;
const MERGE = 16;

interface Learner {
  exports: LearnExports;
  kernel: Kernel;
  /** `n` numbers at an address; valid until the next call into the module. */
  words(at: number, n: number): Uint32Array;
}

/**
 * Learns in a WebAssembly memory of its own, which is free again afterwards.
 * @throws See `symbolCorpus`; MemoryError past 4 GB.
 */
export function learnInWasm(module: WebAssembly.Module, source: WordSource, plan: LearnPlan): LearnedPairs {
  const kernel = createKernel(module);
  const learner: Learner = {
    exports: kernel.exports as unknown as LearnExports,
    kernel,
    words: (at, n) => new Uint32Array(kernel.bytes().buffer, at, n),
  };
  const { exports } = learner;
  const { at, size } = takeDump(learner, source);
  exports.learnRead(at, size, source.words, plan.order === "fastbpe" ? putWords(learner, plan.growth) : 0);
  checkWeight(exports.learnWeight());
  const symbols = readSymbols(learner);
  const { ranks, names } = rankSymbols(symbols, plan.order);
  exports.learnStart(putWords(learner, ranks), names.length, Number(plan.once));
  const tokens = names.map(binaryToText);
  merge(learner, plan, tokens);
  return { tokens, ...readMerges(learner, 0), spent: readSpent(learner, plan) };
}

function putWords({ exports, words }: Learner, numbers: ArrayLike<number>): number {
  const at = exports.learnAlloc(numbers.length * 4);
  words(at, numbers.length).set(numbers);
  return at;
}

/** Brings the words in; from a table of the same engine without another copy of them all. */
function takeDump({ exports, kernel }: Learner, { table, dump }: WordSource): { at: number; size: number } {
  const from = table && kernelOf(table);
  if (!from) {
    const bytes = dump();
    const at = exports.learnAlloc(bytes.length + SLACK);
    kernel.bytes().set(bytes, at);
    return { at, size: bytes.length };
  }
  const size = from.exports.dumpSize();
  const at = exports.learnAlloc(size + SLACK);
  const start = from.exports.heapTop();
  const room = Math.max(PIECE, from.exports.longestWord() + DUMP_HEAD);
  const out = from.exports.allocate(room);
  for (let rec = from.exports.firstRecord(), to = at; rec !== 0; to += from.exports.dumpedBytes()) {
    rec = from.exports.dump(rec, out, room);
    kernel.bytes().set(from.bytes().subarray(out, out + from.exports.dumpedBytes()), to);
  }
  from.exports.release(start);
  return { at, size };
}

interface InitialSymbols {
  /** Binary strings, in the order of first sight. */
  names: string[];
  /** Place of the first word that holds the symbol in fastBPE's hash map, and place of the symbol in it. */
  firstWord: Uint32Array;
  firstPlace: Uint32Array;
}

function readSymbols({ exports, kernel, words }: Learner): InitialSymbols {
  const n = exports.learnSymbolCount();
  const records = words(exports.learnSymbols(), (n * SYMBOL) / 4);
  const names: string[] = [];
  for (let i = 0; i < n; i++) {
    const start = records[i * 4]!;
    const size = records[i * 4 + 1]!;
    names.push(toBinary(kernel.bytes(), start, start + (size >>> 1)) + (size & 1 ? END : ""));
  }
  const field = (k: number): Uint32Array => Uint32Array.from(names, (_, i) => records[i * 4 + k]!);
  return { names, firstWord: field(3), firstPlace: field(2) };
}

/** Gives symbols their final ids. */
function rankSymbols({ names, firstWord, firstPlace }: InitialSymbols, order: LearnPlan["order"]) {
  if (typeof order !== "string") {
    const listed = order.map(textToBinary);
    const rank = new Map(listed.map((name, i) => [name, i]));
    const ranks = Uint32Array.from(names, (name) => {
      const known = rank.get(name);
      if (known === undefined) throw unlisted(name);
      return known;
    });
    return { ranks, names: listed };
  }
  const ids = Uint32Array.from(names, (_, i) => i);
  if (order === "bytes") ids.sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  else ids.sort((a, b) => firstWord[a]! - firstWord[b]! || firstPlace[a]! - firstPlace[b]!);
  const ranks = new Uint32Array(ids.length);
  ids.forEach((id, rank) => (ranks[id] = rank));
  return { ranks, names: Array.from(ids, (id) => names[id]!) };
}

function merge(learner: Learner, { nMerges, onMerge }: LearnPlan, tokens: readonly string[]): void {
  const { exports } = learner;
  const isNew = createAnswers(learner, tokens);
  const most = Math.min(nMerges, 0xffffffff); // there is no room for more
  let answer = false;
  for (let done = 0; done < most;) {
    const asks: boolean = exports.learnMerge(onMerge ? done + 1 : most, Number(answer)) !== 0;
    const now = exports.learnMergeCount();
    if (!asks && now === done) break; // no pair is left
    answer = asks && isNew(exports.learnAskedLeft(), exports.learnAskedRight());
    if (now > done) onMerge?.(now);
    done = now;
  }
}

/** Answers whether no merge so far has made the string that two symbols make. The module knows only hashes of them. */
function createAnswers(learner: Learner, tokens: readonly string[]): (left: number, right: number) => boolean {
  const names = [...tokens];
  const made = new Set<string>();
  return (left, right) => {
    const merges = readMerges(learner, names.length - tokens.length);
    for (const [i, first] of merges.left.entries()) {
      const name = names[first]! + names[merges.right[i]!]!;
      names.push(name);
      made.add(name);
    }
    return !made.has(names[left]! + names[right]!);
  };
}

/** The merges from `first` on. */
function readMerges({ exports, kernel }: Learner, first: number) {
  const n = exports.learnMergeCount() - first;
  const left = new Uint32Array(n);
  const right = new Uint32Array(n);
  const counts = new Float64Array(n);
  const view = new DataView(kernel.bytes().buffer, exports.learnMerges() + first * MERGE, n * MERGE);
  for (let i = 0; i < n; i++) {
    left[i] = view.getUint32(i * MERGE, true);
    right[i] = view.getUint32(i * MERGE + 4, true);
    counts[i] = view.getFloat64(i * MERGE + 8, true);
  }
  return { left, right, counts };
}

function readSpent({ exports }: Learner, { nMerges }: LearnPlan): LearnedPairs["spent"] {
  if (exports.learnMergeCount() === nMerges) return undefined;
  const pair = BigInt.asUintN(64, exports.learnSpent());
  return pair === 2n ** 64n - 1n ? undefined : [Number(pair >> 32n), Number(pair & 0xffffffffn)];
}
