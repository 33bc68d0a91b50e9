import { type ErrorPlace, FormatError } from "@xlm/core";
import { type Text, textToBinary, toBytes } from "./bytes.js";
import { excerpt, fields, lines } from "./lines.js";

/** Two symbols that become one. The last symbol of a word ends in `</w>`. */
export interface Merge {
  readonly left: string;
  readonly right: string;
  /** How often the pair stood in the corpus when it was merged. Has no effect on coding. */
  readonly count: number;
}

/** Merges in the order of their rank: the first is applied first. */
export interface BpeCodes {
  readonly merges: readonly Merge[];
}

const quote = ({ left, right }: Merge): string => excerpt(`${left} ${right}`);

/** @throws FormatError unless symbols are words without separators, and no pair and no result comes twice. */
export function checkMerges(merges: readonly Merge[], at: (rank: number) => ErrorPlace): void {
  const rankOf = new Map<string, number>();
  for (const [rank, merge] of merges.entries()) {
    if ([merge.left, merge.right].some((symbol) => symbol === "" || /[ \n]/.test(symbol))) {
      throw new FormatError({
        what: `the merge ${quote(merge)} has a symbol that is empty or holds a space or newline`,
        why: "symbols are parts of words",
        fix: "remove that merge",
        at: at(rank),
      });
    }
    const result = textToBinary(merge.left + merge.right); // the same bytes can be more than one string
    const earlier = rankOf.get(result);
    if (earlier !== undefined) {
      const first = merges[earlier]!;
      const place = at(earlier).line === undefined ? `merge ${earlier}` : `line ${at(earlier).line}`;
      throw new FormatError({
        what:
          first.left === merge.left
            ? `the pair ${quote(merge)} stands on ${place} already`
            : `${quote(merge)} and ${quote(first)} of ${place} make the same symbol`,
        why: "each symbol is made by one merge of one rank, or splitting it again would be ambiguous",
        fix:
          merge.count === 0
            ? "remove the lines with count 0, which fastBPE writes when there is nothing left to merge"
            : "remove one of the two",
        at: at(rank),
      });
    }
    rankOf.set(result, rank);
  }
}

/**
 * Reads a codes file: `left right count` a line, most important merge first.
 * @param options.file Name for error messages.
 * @throws FormatError with file and line: an empty file, not three fields, a pair or a result twice.
 */
export function parseCodes(text: Text, { file = "codes" }: { file?: string | undefined } = {}): BpeCodes {
  const merges: Merge[] = [];
  for (const { text: content, line } of lines(text)) {
    const [left, right, count, ...more] = fields(content);
    if (left === undefined || right === undefined || count === undefined || more.length > 0 || !/^-?\d+$/.test(count)) {
      throw new FormatError({
        what: `the line is ${excerpt(content)}`,
        why: "a line of codes is two symbols and a whole number, separated by spaces",
        fix: "make the file with formatCodes or fastBPE learnbpe; other tools write other formats",
        at: { file, line },
      });
    }
    merges.push({ left, right, count: Number(count) });
  }
  if (merges.length === 0) {
    throw new FormatError({
      what: "the file is empty",
      why: "codes without merges would split every word into characters",
      fix: "learn them again, or pass { merges: [] } to createBpe if characters are wanted",
      at: { file },
    });
  }
  checkMerges(merges, (rank) => ({ file, line: rank + 1 }));
  return { merges };
}

/** The lines `left right count` of a codes file. */
export function formatCodes(codes: BpeCodes): Uint8Array {
  return toBytes(codes.merges.map(({ left, right, count }) => `${left} ${right} ${count}\n`).join(""));
}
