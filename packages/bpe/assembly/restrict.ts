// A vocabulary: which symbols may be written, and taking others apart again.
import { allSymbols, leftOf, mergeCount, rightOf } from "./codes";
import { countLines, fieldAt, fieldSize, isWhole, lineEnd, splitFields } from "./lines";
import { alloc, heapTop, release } from "./memory";
import { NONE, createStrings } from "./strings";

/** May be written inside a word, with `@@`. */
const INNER: u32 = 1;
/** May be written at the end of a word. */
const FINAL: u32 = 2;

let restricted: bool = false;
let stack: usize = 0;

/** Whether there is a vocabulary. */
export function isRestricted(): bool {
  return restricted;
}

/**
 * Reads the vocabulary file `[p, p + n)`, after the codes. It is not needed afterwards.
 * @param strict Whether a word may not come twice.
 * @returns 0, or the number of a line that is not a word and a whole number, or whose word an earlier one has.
 */
export function loadVocab(p: usize, n: usize, strict: bool): i32 {
  const symbols = allSymbols();
  const start = heapTop();
  const words = createStrings(countLines(p, n));
  const end = p + n;
  for (let line: i32 = 1; p < end; line++) {
    const e = lineEnd(p, end);
    if (splitFields(p, e) != 2 || !isWhole(fieldAt(1), fieldSize(1), true)) return line;
    const known = words.count;
    if (words.add(fieldAt(0), fieldSize(0)) != known && strict) return line;
    p = e + 1;
  }
  let longest: usize = 0;
  for (let id: u32 = 0; id < symbols.count; id++) longest = max(longest, symbols.sizeOf(id));
  const inner = alloc(<u64>longest + 2);
  for (let id: u32 = 0; id < symbols.count; id++) {
    const at = symbols.at(id);
    const size = symbols.sizeOf(id);
    memory.copy(inner, at, size);
    store<u16>(inner + size, 0x4040);
    let forms: u32 = words.find(inner, size + 2) == NONE ? 0 : INNER;
    // As in fastBPE, a symbol shorter than the end mark is looked up as it is.
    if (words.find(at, size < 4 ? size : size - 4) != NONE) forms |= FINAL;
    store<u32>(symbols.entry(id), forms, 8);
  }
  restricted = true;
  release(start);
  return 0;
}

/** Memory for taking symbols apart. */
export function createStack(): void {
  if (restricted) stack = alloc((<u64>mergeCount() + 2) << 2);
}

/**
 * Writes to `cuts` from index `n` where the parts end that a symbol is taken apart into, at the least one.
 * @param end Where the symbol ends.
 * @param last Whether it ends the word.
 * @returns The number of cuts by then.
 */
export function takeApart(id: u32, end: u32, last: bool, cuts: usize, n: usize): usize {
  if (id == NONE || allowed(id, last)) {
    store<u32>(cuts + (n << 2), end);
    return n + 1;
  }
  const symbols = allSymbols();
  let at = end - <u32>symbols.sizeOf(id);
  let depth: usize = 1;
  store<u32>(stack, id);
  while (depth) {
    depth--;
    const top = load<u32>(stack + (depth << 2));
    if (top >= mergeCount() || allowed(top, last && depth == 0)) {
      at += <u32>symbols.sizeOf(top);
      store<u32>(cuts + (n << 2), at);
      n++;
    } else {
      store<u32>(stack + (depth << 2), rightOf(top));
      store<u32>(stack + (depth << 2), leftOf(top), 4);
      depth += 2;
    }
  }
  return n;
}


@inline
function allowed(id: u32, last: bool): bool {
  return (load<u32>(allSymbols().entry(id), 8) & (last ? FINAL : INNER)) != 0;
}
