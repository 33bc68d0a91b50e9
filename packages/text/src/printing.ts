import { charClasses, maskOf, OTHER, SURROGATE, survey } from "./classes.js";

/**
 * Puts a space in the place of every character that does not print: controls, formats (joiners, soft hyphen, byte order
 * mark), private use, lone surrogates, and what Unicode 14.0 has not assigned (Moses `remove-non-printing-char.perl`).
 * @param line One line without its end.
 */
export function removeNonPrinting(line: string): string {
  return survey(line, charClasses().units) & UNPRINTED ? replaceNonPrinting(line) : line;
}

/** Bits of `survey` without which every character prints. */
export const UNPRINTED = OTHER | SURROGATE;

export function replaceNonPrinting(line: string): string {
  const classes = charClasses();
  let out = "";
  let from = 0;
  for (let i = 0; i < line.length; i++) {
    const mask = classes.units[line.charCodeAt(i)]!;
    if (!(mask & UNPRINTED)) continue;
    const start = i;
    if (mask & SURROGATE) {
      const codePoint = line.codePointAt(i)!;
      if (codePoint > 0xffff) i++;
      if (!(maskOf(classes, codePoint) & OTHER)) continue;
    }
    out += `${line.slice(from, start)} `;
    from = i + 1;
  }
  return out + line.slice(from);
}
