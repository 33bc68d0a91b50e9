import type { Rng } from "@xlm/core";
import { createWordCounter, formatCodes, learnBpe, type Bpe } from "@xlm/bpe";
import { dictionaryFromCounts, type Dictionary } from "@xlm/data";
import { mixtureCounts, sampleLines } from "@xlm/sampler";

/** Tokenised text of one language that can be read again and again, in batches of lines. */
export interface LearningText {
  readonly lang: string;
  readonly lines: number;
  read(): AsyncIterable<readonly string[]>;
}

export interface LearnOptions {
  nMerges: number;
  /** Exponent of the mixture of languages. */
  alpha: number | "uniform";
  /** Told of every batch of lines read. */
  onLines?: (lines: number) => void;
  /** Told of every merge. */
  onMerge?: (merges: number) => void;
}

/**
 * How often each line of each text goes into the mixture that codes are learnt on: as many lines as there are in all, in the
 * proportions `q ~ p^alpha` (paper, section 3.1). The draws are those of `xlm bpe learn` with the same texts and seed.
 * @returns for each text `[lines]`.
 */
export function mixtureTimes(texts: readonly LearningText[], alpha: number | "uniform", rng: Rng): Uint32Array[] {
  const langs = [...new Set(texts.map(({ lang }) => lang))];
  const linesOf = (lang: string): number => texts.reduce((sum, text) => sum + (text.lang === lang ? text.lines : 0), 0);
  const counts = langs.map(linesOf);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const shares = mixtureCounts(counts, total, { alpha });
  const times = new Map<LearningText, Uint32Array>();
  for (const [i, lang] of langs.entries()) {
    const all = new Uint32Array(counts[i] as number);
    for (const line of sampleLines(all.length, shares[i] as number, rng.split())) all[line]!++;
    let at = 0;
    for (const text of texts) if (text.lang === lang) times.set(text, all.subarray(at, (at += text.lines)));
  }
  return texts.map((text) => times.get(text) as Uint32Array);
}

/**
 * Learns joint codes on a mixture of languages and returns the codes file. The texts are read once; what is held in memory is
 * a number for each line, and the words.
 */
export async function learnMixture(
  texts: readonly LearningText[],
  rng: Rng,
  options: LearnOptions,
): Promise<{ codes: Uint8Array; nMerges: number }> {
  const times = mixtureTimes(texts, options.alpha, rng);
  const words = createWordCounter();
  let read = 0;
  for (const [i, text] of texts.entries()) {
    let at = 0;
    for await (const lines of text.read()) {
      const groups = new Map<number, string>(); // lines that go in equally often; the order of words changes no codes
      for (const line of lines) {
        const n = times[i]![at++]!;
        if (n > 0) groups.set(n, `${groups.get(n) ?? ""}${line}\n`);
      }
      for (const [n, group] of groups) words.push(group, n);
      options.onLines?.((read += lines.length));
    }
    words.endText();
  }
  const { merges } = learnBpe(words, options.nMerges, { onMerge: (done) => options.onMerge?.(done) });
  return { codes: formatCodes({ merges }), nMerges: merges.length };
}

/**
 * The vocabulary of texts under some codes, as fastBPE's `getvocab` counts it on coded text. Each distinct word is coded once.
 */
export async function countSubwords(
  texts: readonly LearningText[],
  bpe: Bpe,
  onLines?: (lines: number) => void,
): Promise<Dictionary> {
  const words = createWordCounter();
  let read = 0;
  for (const text of texts) {
    for await (const lines of text.read()) {
      words.push(`${lines.join("\n")}\n`);
      onLines?.((read += lines.length));
    }
    words.endText();
  }
  const counts = new Map<string, number>();
  for (const [batch, times] of wordBatches(words.dump())) {
    const coded = bpe.applyText(batch).split("\n");
    for (const [i, n] of times.entries()) {
      for (const subword of coded[i]!.split(" ")) counts.set(subword, (counts.get(subword) ?? 0) + n);
    }
  }
  return dictionaryFromCounts(counts);
}

const WORDS = 4096;

/** The words of a counter's dump, a line each, with their counts. */
function* wordBatches(dump: Uint8Array): Generator<[words: string, counts: number[]]> {
  const view = new DataView(dump.buffer, dump.byteOffset, dump.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let words = "";
  let counts: number[] = [];
  for (let at = 0; at < dump.length;) {
    const size = view.getUint32(at, true);
    counts.push(view.getFloat64(at + 4, true));
    words += `${decoder.decode(dump.subarray(at + 12, at + 12 + size))}\n`;
    at += 12 + size;
    if (counts.length < WORDS && at < dump.length) continue;
    yield [words, counts];
    words = "";
    counts = [];
  }
}
