import { lengthOfBin, type TextStatistics } from "./statistics.js";

export interface FormatStatisticsOptions {
  /** Unknown words shown of each text, the most frequent ones. @default 5 */
  nWords?: number;
}

/** Statistics as rows of cells, their names first, a text a row. */
export function statisticsRows(texts: readonly TextStatistics[]): string[][] {
  const head = ["text", "sentences", "empty", "words", "tokens", "a word", "mean", "median", "95 %", "longest"];
  const rows = texts.map((text) => [
    text.lang,
    ...[text.sentences, text.empty, text.words, text.tokens].map(grouped),
    (text.tokens / Math.max(1, text.words)).toFixed(2),
    (text.tokens / Math.max(1, text.sentences)).toFixed(1),
    ...[lengthQuantile(text, 0.5), lengthQuantile(text, 0.95), text.longest, text.unknown].map(grouped),
    `${((100 * text.unknown) / Math.max(1, text.tokens)).toFixed(2)} %`,
    `${grouped(text.unkWords.length)}${text.unlisted === 0 ? "" : "+"}`,
  ]);
  return [[...head, "unknown", "", "types"], ...rows];
}

/** Statistics as an aligned table, a text a line, and the most frequent unknown words below it. */
export function formatStatistics(texts: readonly TextStatistics[], options: FormatStatisticsOptions = {}): string {
  const { nWords = 5 } = options;
  const table = statisticsRows(texts);
  const [head = []] = table;
  const widths = head.map((_, column) => Math.max(...table.map((row) => [...(row[column] as string)].length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => {
        const space = " ".repeat((widths[column] as number) - [...cell].length);
        return column === 0 ? cell + space : space + cell;
      })
      .join("  "),
  );
  const words = texts
    .filter(({ unkWords }) => unkWords.length > 0 && nWords > 0)
    .map(({ lang, unkWords }) => {
      const shown = unkWords.slice(0, nWords).map(([word, count]) => `${JSON.stringify(word)} ${grouped(count)}`);
      return `unknown in ${lang}: ${shown.join(", ")}${unkWords.length > nWords ? ", ..." : ""}`;
    });
  return [...lines, ...words].map((line) => `${line}\n`).join("");
}

/** The length that `share` of the sentences do not exceed; above 256 words the upper end of a doubling, or `longest`. */
export function lengthQuantile({ sentences, lengths, longest }: TextStatistics, share: number): number {
  let n = 0;
  for (const [bin, count] of lengths.entries()) {
    n += count;
    if (n >= share * sentences) return Math.min(lengthOfBin(bin), longest);
  }
  return 0;
}

/** Sentences whose number of words lies from `from` to `to`. */
export interface LengthBin {
  readonly from: number;
  readonly to: number;
  readonly sentences: number;
}

/** The lengths of sentences in bins for a picture: 0, 1, 2, 3 to 4, 5 to 8, ... */
export function lengthHistogram({ lengths }: TextStatistics): LengthBin[] {
  const bins: LengthBin[] = [];
  let from = 0;
  for (let to = 0; from < lengths.length || bins.length === 0; to = to === 0 ? 1 : 2 * to) {
    let sentences = 0;
    while (from < lengths.length && lengthOfBin(from) <= to) sentences += lengths[from++] as number;
    bins.push({ from: to === 0 ? 0 : Math.floor(to / 2) + 1, to, sentences });
  }
  return bins;
}

/** A whole number with commas between groups of three digits, in every locale. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
