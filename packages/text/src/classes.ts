import { CLASS_MASKS, CLASS_RUNS } from "./unicode14.js";

// What the scripts' regular expressions ask of a character, by the tables of Unicode 14.0, which Perl 5.36 and Python 3.11
// have: the engine's own \p{...} would give other tokens from one release to the next.
/** `\p{C}`: controls, formats, surrogates, private use, unassigned. */
export const OTHER = 1;
/** `\p{IsAlnum}`: alphabetic or a decimal digit. */
export const WORD = 2;
/** `\p{IsAlpha}`. */
export const LETTER = 4;
/** `\p{IsN}`. */
export const NUMBER = 8;
/** `\p{IsLower}`. */
export const LOWER = 16;
/** `\p{Ll}`. */
export const LOWERCASE_LETTER = 32;
/** `\s`; the table of code units gives U+0020 a bit of its own, `BLANK`, instead. */
export const SPACE = 64;
/** `\p{Mn}`: marks without a width of their own. */
export const MARK = 128;

// Bits of code units alone: which rules of the scripts could have something to do.
/** One of `FOREIGN_PUNCTUATION`. */
export const FOREIGN = 256;
export const BRACKET = 512;
/** `:`, `;` and `%`, which lose a blank before them. */
export const COLON = 1024;
export const QUOTE = 2048;
export const TICK = 4096;
/** One of `TYPOGRAPHIC`. */
export const TYPESET = 8192;
export const BLANK = 16384;
export const SURROGATE = 32768;
/** What `survey` adds for two such code units in a row. */
export const TWO_BLANKS = BLANK * 65536;
export const TWO_TICKS = TICK * 65536;

/** What `replaceUnicodePunctuation` replaces. */
export const FOREIGN_PUNCTUATION = "，。、”“∶：？《》）！（；１」「０３２５６９７８４．～’…━〈〉【】％";
/** The rarer ones of what `normalizePunctuation` replaces. */
export const TYPOGRAPHIC = "„“”–—´`‘‚’…«»\u00a0\r";

export interface CharClasses {
  /** Bits of every UTF-16 code unit `[65536]`; a surrogate has `SURROGATE` alone. */
  readonly units: Uint16Array;
  /** First code point of each run of the table, ascending `[runs]`, and the bits of the run. */
  readonly starts: Int32Array;
  readonly masks: Uint8Array;
}

const memo: { classes?: CharClasses } = {}; // made when first asked for: importing does nothing

export function charClasses(): CharClasses {
  return (memo.classes ??= unpackClasses());
}

function unpackClasses(): CharClasses {
  const runs = [...CLASS_RUNS.matchAll(/([0-9a-z]*)([A-Z])/g)];
  const starts = new Int32Array(runs.length);
  const masks = new Uint8Array(runs.length);
  const units = new Uint16Array(1 << 16);
  let next = 0;
  for (const [i, [, length, letter]] of runs.entries()) {
    starts[i] = next;
    masks[i] = CLASS_MASKS[letter!.charCodeAt(0) - 0x41]!;
    next += length === "" ? 1 : parseInt(length!, 36);
    units.fill(masks[i], Math.min(starts[i], units.length), Math.min(next, units.length));
  }

  const add = (chars: string, bit: number): void => {
    for (const char of chars) units[char.charCodeAt(0)]! |= bit;
  };
  add(FOREIGN_PUNCTUATION, FOREIGN);
  add("()", BRACKET);
  add(":;%", COLON);
  add('"', QUOTE);
  add("'", TICK);
  add(TYPOGRAPHIC, TYPESET);
  units[0x20] = BLANK;
  units.fill(SURROGATE, 0xd800, 0xe000);
  return { units, starts, masks };
}

/** The bits of a character of any plane. */
export function maskOf({ starts, masks }: CharClasses, codePoint: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= codePoint) low = middle;
    else high = middle;
  }
  return masks[low]!;
}

/** The characters that have `bit`, as ranges for a character class of a regular expression with the flag `u`. */
export function rangesOf({ starts, masks }: CharClasses, bit: number): string {
  const escape = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`;
  let ranges = "";
  for (let i = 0; i < starts.length; i++) {
    if (!(masks[i]! & bit)) continue;
    const start = starts[i]!;
    while (i + 1 < starts.length && masks[i + 1]! & bit) i++;
    ranges += `${escape(start)}-${escape((starts[i + 1] ?? 0x110000) - 1)}`;
  }
  return ranges;
}

/** All bits of a line's code units, with `TWO_BLANKS` and `TWO_TICKS`. */
export function survey(line: string, units: Uint16Array): number {
  let seen = 0;
  let pairs = 0;
  let before = 0;
  for (let i = 0; i < line.length; i++) {
    const mask = units[line.charCodeAt(i)]!;
    seen |= mask;
    pairs |= mask & before;
    before = mask;
  }
  return seen | ((pairs & (BLANK | TICK)) << 16);
}
