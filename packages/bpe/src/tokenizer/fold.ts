import { isSpace } from "@xlm/core";

/**
 * A text as what normalisers leave recognisable of it: its letters without case and accents, its digits and punctuation
 * in their plain form; no white space. Marks (accents, vowel signs, controls) hang on the letter before them, because
 * they are what normalisers drop first.
 */
export interface Letters {
  /** `[n]` folded code points. */
  readonly keys: readonly number[];
  /** `[n, 2]` where each came from: its character's first UTF-16 unit, and the one behind its last. */
  readonly spans: readonly number[];
  /** `[n + 1]` the marks of letter `i` are `[markStarts[i], markStarts[i + 1])`. */
  readonly markStarts: readonly number[];
  /** `[marks]` folded code points. */
  readonly marks: readonly number[];
  /** `[marks, 2]`. */
  readonly markSpans: readonly number[];
}

const mark = /[\p{M}\p{Cc}\p{Cf}\p{Cs}]/u;

/** Takes texts apart; characters are looked up once. */
export function createFolder(): (text: string) => Letters {
  const known = new Map<number, readonly number[]>();

  /** Folded code points of a character, those of marks as `~code`. */
  function fold(character: string): readonly number[] {
    const plain = character.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFKD");
    return Array.from(plain, (part) => (mark.test(part) ? ~part.codePointAt(0)! : part.codePointAt(0)!)).filter(
      (code) => code < 0 || !isSpace(code),
    );
  }

  return (text) => {
    const keys: number[] = [];
    const spans: number[] = [];
    const markStarts: number[] = [];
    const marks: number[] = [];
    const markSpans: number[] = [];
    for (let start = 0, end = 0; start < text.length; start = end) {
      const point = text.codePointAt(start)!;
      end = start + (point > 0xffff ? 2 : 1);
      if (isSpace(point)) continue;
      let codes = known.get(point);
      if (codes === undefined) known.set(point, (codes = fold(text.slice(start, end))));
      for (const code of codes) {
        if (code < 0 && keys.length > 0) {
          marks.push(~code);
          markSpans.push(start, end);
        } else {
          keys.push(code < 0 ? ~code : code);
          spans.push(start, end);
          markStarts.push(marks.length);
        }
      }
    }
    markStarts.push(marks.length);
    return { keys, spans, markStarts, marks, markSpans };
  };
}
