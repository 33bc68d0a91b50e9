import { isSpace } from "@xlm/core";
import { createFolder, type Letters } from "./fold.js";
import { matchEqual } from "./match.js";

/** A run of letters that changed beyond recognition is covered as a whole up to this length. */
const WHOLE = 8;

/** Where each UTF-16 unit of a line came from: units `[starts[i], ends[i])` of the text. */
export interface Origins {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Finds where the characters of `line`, which was made from `text`, came from. */
export type Aligner = (text: string, line: string) => Origins;

/**
 * Aligns lines with the texts they were made from, whoever made them. Both are read without case, accents and white
 * space, their letters are paired in order, and what lies between two pairs on one side came from what lies between them
 * on the other. A character without any counterpart takes the place of its neighbour in the word.
 *
 * Certain: all places lie inside the text and cut no surrogate pair; neither starts nor ends ever go back; a line that
 * differs from its text in white space, case and missing accents alone gets the exact characters. The rest is an estimate:
 * close where words are replaced one by one, a guess behind some hundred letters that changed in a row.
 */
export function createAligner(): Aligner {
  const fold = createFolder();
  return (text, line) => {
    const n = line.length;
    const starts = new Int32Array(n).fill(-1);
    const ends = new Int32Array(n).fill(-1);
    const widen = (unit: number, unitEnd: number, from: number, to: number): void => {
      for (let i = unit; i < unitEnd; i++) {
        starts[i] = starts[i]! < 0 ? from : Math.min(starts[i]!, from);
        ends[i] = Math.max(ends[i]!, to);
      }
    };
    place(fold(text), fold(line), widen);
    fillGaps(line, starts, ends);
    return { starts, ends };
  };
}

type Widen = (unit: number, unitEnd: number, from: number, to: number) => void;

/** Tells `widen` of every letter and mark of the line that has a counterpart. */
function place(source: Letters, target: Letters, widen: Widen): void {
  const pairs = matchEqual(source.keys, target.keys);
  pairs.push(source.keys.length, target.keys.length);
  let x = 0;
  let y = 0;
  for (let k = 0; k < pairs.length; k += 2) {
    const [nextX, nextY] = [pairs[k]!, pairs[k + 1]!];
    // Between two pairs: n letters became m others.
    const n = nextX - x;
    const m = nextY - y;
    for (let i = 0; i < m && n > 0; i++) {
      const from = n <= WHOLE ? x : x + Math.floor((i * n) / m);
      const to = n <= WHOLE ? nextX : Math.max(from + 1, x + Math.ceil(((i + 1) * n) / m));
      coverLetters(source, from, to, target, y + i, widen);
    }
    if (nextY < target.keys.length) coverLetters(source, nextX, nextX + 1, target, nextY, widen);
    x = nextX + 1;
    y = nextY + 1;
  }
}

/** Letter `y` of the line and its marks came from the letters `[from, to)` of the text and theirs. */
function coverLetters(source: Letters, from: number, to: number, target: Letters, y: number, widen: Widen): void {
  const [start, end] = [source.spans[2 * from]!, source.spans[2 * to - 1]!];
  const [firstMark, endMark] = [source.markStarts[from]!, source.markStarts[to]!];
  const marked = endMark > firstMark ? Math.max(end, source.markSpans[2 * endMark - 1]!) : end;
  const [first, last] = [target.markStarts[y]!, target.markStarts[y + 1]!];
  // Marks that the line has lost belong to the letter they stood on.
  widen(target.spans[2 * y]!, target.spans[2 * y + 1]!, start, first === last ? marked : end);
  for (let k = first, next = firstMark; k < last; k++) {
    let found = next;
    while (found < endMark && found < next + 32 && source.marks[found] !== target.marks[k]) found++;
    const same = found < endMark && source.marks[found] === target.marks[k];
    if (same) next = found + 1;
    widen(
      target.markSpans[2 * k]!,
      target.markSpans[2 * k + 1]!,
      same ? source.markSpans[2 * found]! : start,
      same ? source.markSpans[2 * found + 1]! : marked,
    );
  }
}

/** Gives a place to what has none, and puts places in order. */
function fillGaps(line: string, starts: Int32Array, ends: Int32Array): void {
  const n = line.length;
  const isWord = (i: number): boolean => i >= 0 && i < n && !isSpace(line.charCodeAt(i));
  const copy = (to: number, from: number): void => {
    starts[to] = starts[from]!;
    ends[to] = ends[from]!;
  };
  for (let i = 1; i < n; i++) if (starts[i]! < 0 && isWord(i) && isWord(i - 1)) copy(i, i - 1);
  for (let i = n - 2; i >= 0; i--) if (starts[i]! < 0 && isWord(i) && isWord(i + 1)) copy(i, i + 1);
  // Whole words out of nowhere, and white space, stand empty behind what came before.
  for (let i = 0, end = 0; i < n; i++) {
    if (starts[i]! < 0) starts[i] = ends[i] = end;
    end = ends[i] = Math.max(end, ends[i]!);
  }
  for (let i = n - 2; i >= 0; i--) starts[i] = Math.min(starts[i]!, starts[i + 1]!);
}
