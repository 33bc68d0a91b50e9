import {
  BLANK,
  type CharClasses,
  LETTER,
  LOWER,
  LOWERCASE_LETTER,
  maskOf,
  NUMBER,
  OTHER,
  rangesOf,
  SPACE as ODD_SPACE,
  SURROGATE,
  WORD,
} from "./classes.js";
import { keepsStop } from "./stops.js";
import type { TokenizerParts } from "./tokenize-rules.js";

const SPACE = 0x20;
const TICK = 0x27;
const COMMA = 0x2c;
const HYPHEN = 0x2d;
const STOP = 0x2e;
const COLON = 0x3a;
const BACKTICK = 0x60;
const MIDDLE_DOT = 0xb7;

// Where a word ends at a sign.
const BEFORE = 1;
const AFTER = 2;
const APART = BEFORE | AFTER;

/**
 * The tokenizer in one pass, which copies the stretches between the places where words are split.
 * @returns a function of one line. It gives `undefined` for those with other white space than single blanks inside, with
 *   characters that do not print, and for the few whose rules get into each other's way (`,,`, apostrophes side by side,
 *   `DOTMULTI`, letters beyond U+FFFF).
 */
export function createScanTokenizer(
  classes: CharClasses,
  { rules, prefixes, aggressive }: TokenizerParts,
): (line: string) => string | undefined {
  const { units } = classes;
  const { apostrophe, inner } = rules;
  const letters = new RegExp(`[${rangesOf(classes, LETTER)}]`, "u");
  /** Bits of the code unit at `i`, none beyond the ends. */
  const maskAt = (line: string, i: number): number => (i < 0 || i >= line.length ? 0 : units[line.charCodeAt(i)]!);
  const is = (line: string, i: number, code: number): boolean => i < line.length && line.charCodeAt(i) === code;
  const isDigit = (mask: number): boolean => (mask & (NUMBER | WORD)) === (NUMBER | WORD); // a ½ stands alone by now

  return (line) => {
    if (line.includes("DOTMULTI")) return undefined;
    const n = line.length;
    let out = ""; // empty, or ends with a blank
    let from = 0; // from here to the place of the pass the line stays as it is
    for (let i = 0; i < n; i++) {
      const code = line.charCodeAt(i);
      const mask = units[code]!;
      if (mask & WORD || code === BACKTICK) continue;
      if (mask & BLANK) {
        if (i === 0 || i + 1 === n || line.charCodeAt(i + 1) === SPACE) return undefined;
        continue;
      }
      if (mask & (ODD_SPACE | OTHER)) return undefined;

      let ends = APART;
      let next = i + 1;
      if (code === STOP) {
        if (is(line, next, STOP)) while (is(line, next, STOP)) next++;
        else ends = stopEnds(line, i, from);
      } else if (code === COMMA) {
        if (is(line, next, COMMA)) return undefined;
        const inNumber = isDigit(maskAt(line, next)) && (i === 0 || isDigit(maskAt(line, i - 1)));
        if (inNumber) ends = 0;
      } else if (code === TICK && apostrophe !== "apart") {
        if (is(line, i + 1, TICK) || is(line, i + 2, TICK)) return undefined;
        ends = apostropheEnds(line, i);
      } else if (code === HYPHEN) {
        if (aggressive) return undefined;
        ends = 0;
      } else if (code === COLON && inner === ":") {
        if (maskAt(line, next) & LOWERCASE_LETTER) ends = 0;
      } else if (code === MIDDLE_DOT && inner === "·") {
        if (line[i - 1] === "Â") return undefined;
        ends = 0;
      } else if (mask & SURROGATE) {
        const codePoint = line.codePointAt(i)!;
        if (maskOf(classes, codePoint) & WORD) return undefined;
        if (codePoint > 0xffff) next++;
      }

      if (ends & BEFORE && i > from && line.charCodeAt(i - 1) !== SPACE) {
        out += `${line.slice(from, i)} `;
        from = i;
      }
      if (ends & AFTER && next < n && line.charCodeAt(next) !== SPACE) {
        out += `${line.slice(from, next)} `;
        from = next;
      }
      i = next - 1;
    }
    const text = out + line.slice(from);
    return text.endsWith(".'") ? `${text.slice(0, -2)} . ' ` : text;
  };

  /** A single full stop ends a word when it stands at its end and is no part of it. `from` is where the word can begin at most. */
  function stopEnds(line: string, i: number, from: number): number {
    if (!beginsToken(line, i + 1)) return 0;
    let start = i;
    while (start > from && line.charCodeAt(start - 1) !== SPACE) start--;
    if (start === i) return 0;
    if (i + 1 === line.length) return BEFORE; // whatever the last word is
    const next = line.charCodeAt(i + 1) === SPACE ? i + 2 : i + 1;
    const code = line.charCodeAt(next);
    const keeps = keepsStop(
      line.slice(start, i),
      letters,
      prefixes,
      (units[code]! & LOWER) !== 0,
      code >= 0x30 && code <= 0x39,
    );
    return keeps ? 0 : BEFORE;
  }

  /** Whether a token ends before `i` when a full stop stands there. */
  function beginsToken(line: string, i: number): boolean {
    if (i === line.length) return true;
    const code = line.charCodeAt(i);
    if (units[code]! & WORD || code === BACKTICK || code === HYPHEN) return false;
    if (code === TICK && apostrophe !== "apart") return (apostropheEnds(line, i) & BEFORE) !== 0;
    if (code === COLON && inner === ":") return (maskAt(line, i + 1) & LOWERCASE_LETTER) === 0;
    return !(code === MIDDLE_DOT && inner === "·");
  }

  /** The rules for an apostrophe that no other is near; most need a character on both sides. */
  function apostropheEnds(line: string, i: number): number {
    const left = maskAt(line, i - 1);
    const right = maskAt(line, i + 1);
    if (inner === "'" && !(right & LOWERCASE_LETTER)) return APART;
    if (i === 0 || i + 1 === line.length) return 0;
    if (left & LETTER && right & LETTER) return apostrophe === "before" ? BEFORE : apostrophe === "after" ? AFTER : 0;
    if (apostrophe === "before" && right & LETTER && isDigit(left)) return line[i + 1] === "s" ? BEFORE : 0; // 1990's
    return APART;
  }
}
