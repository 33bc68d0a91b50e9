import { DataError } from "@xlm/core";
import { labelsOf, type Example } from "../classification/examples.js";
import type { Texts } from "../text-codec.js";
import type { ReadLines, Variant } from "./experiment.js";

/** A task that is learnt in English and asked in other languages. */
export interface XnliTask {
  /** As columns and stages call it. */
  readonly name: string;
  readonly label: string;
  /** Whether the paper's claims are read in it. */
  readonly isClaimed: boolean;
  readonly labels: readonly string[];
  /** English. */
  readonly train: readonly Example[];
  /** English, to choose by. */
  readonly valid: readonly Example[];
  /** By language, English among them. */
  readonly test: Readonly<Record<string, readonly Example[]>>;
}

/** Lines that are translations of each other. */
export interface TextPair {
  readonly langs: readonly [string, string];
  readonly sides: readonly [readonly string[], readonly string[]];
}

/** What the experiment reads: nothing of the tests is in `mono` or `para`. */
export interface XnliText {
  /** To pretrain on, both sides of the pairs included. */
  readonly mono: Texts;
  readonly para: readonly TextPair[];
  readonly tasks: readonly XnliTask[];
}

/** Reads the text of a variant. @throws DataError (`XLM_DATA`) for text that is missing or of another form. */
export const readXnliText = (read: ReadLines, variant: Variant): XnliText =>
  variant === "full" ? readFull(read) : readBible(read);

const LANGS = ["de", "en", "es", "fr"];

interface Source {
  readonly name: string;
  readonly langs: readonly string[];
  /** Whether line i is the same sentence in all of them. */
  readonly isAligned: boolean;
  /** Lines of it, from the first. @default all */
  readonly most?: number;
}

/**
 * What is pretrained on: no sentence of SIB-200 (which is FLORES-200) or of the PAWS-X test, and of the XNLI test three lines that its own
 * validation set has too. Captions and help pages are plain and repeat themselves, which a small model learns to look around from; news and
 * encyclopaedia are what the tasks are about, so that there is not too much of the former.
 */
const SOURCES: readonly Source[] = [
  { name: "multi30k/train", langs: ["de", "en", "fr"], isAligned: true, most: 8000 },
  { name: "libreoffice-help/train", langs: LANGS, isAligned: true, most: 8000 },
  { name: "xnli/parallel.dev", langs: LANGS, isAligned: true },
  { name: "ntrex/newstest2019", langs: LANGS, isAligned: true },
  { name: "pud/test", langs: LANGS, isAligned: true },
  { name: "xquad/paragraphs", langs: ["de", "en", "es"], isAligned: false }, // too long for pairs
  { name: "mlqa-contexts/paragraphs", langs: ["de", "en", "es"], isAligned: false },
];

function readFull(read: ReadLines): XnliText {
  const linesOf = (lang: string, sources: readonly Source[]): string[] =>
    sources.flatMap(({ name, langs, most }) => (langs.includes(lang) ? read(`${name}.${lang}`).slice(0, most) : []));
  const pairWith = (lang: string): TextPair => {
    const aligned = SOURCES.filter(({ isAligned, langs }) => isAligned && langs.includes(lang));
    return { langs: ["en", lang], sides: [linesOf("en", aligned), linesOf(lang, aligned)] };
  };
  const table = (name: string): string[][] => read(name).map((line) => line.split("\t"));
  const pairs = (name: string): Example[] =>
    table(name).map(([text, pair, label], i) => ({
      text: need(text, name, i),
      pair: need(pair, name, i),
      label: need(label, name, i),
    }));
  const topics = (name: string): Example[] =>
    table(name).flatMap(
      ([id, label, text], i) => (id === "index_id" ? [] : [{ text: need(text, name, i), label: need(label, name, i) }]), // some copies have a header
    );
  const tests = (of: (name: string) => Example[], name: (lang: string) => string): XnliTask["test"] =>
    Object.fromEntries(LANGS.map((lang) => [lang, of(name(lang))]));
  const inference = pairs("xnli/dev.en.tsv"); // three of each premise behind one another
  const isHeld = (_: Example, i: number): boolean => Math.floor(i / 3) % 5 === 0;
  const isLearnt = (example: Example, i: number): boolean => !isHeld(example, i);
  const paraphrases = pairs("pawsx/dev.en.tsv");
  return {
    mono: Object.fromEntries(LANGS.map((lang) => [lang, linesOf(lang, SOURCES)])),
    para: LANGS.filter((lang) => lang !== "en").map(pairWith),
    tasks: [
      task("sib200", "SIB-200", true, {
        train: topics("sib200/train.en.tsv"),
        valid: topics("sib200/dev.en.tsv"),
        test: tests(topics, (lang) => `sib200/test.${lang}.tsv`),
      }),
      task("xnli", "XNLI", true, {
        train: [...inference.filter(isLearnt), ...pairs("snli-en/dev.en.tsv"), ...pairs("snli-en/test.en.tsv")],
        valid: inference.filter(isHeld),
        test: tests(pairs, (lang) => `xnli/test.${lang}.tsv`),
      }),
      // Whether two sentences of nearly the same words say the same is beyond models of this size: no claim is read in it.
      task("pawsx", "PAWS-X", false, {
        train: paraphrases.filter(isLearnt),
        valid: paraphrases.filter(isHeld),
        test: tests(pairs, (lang) => `pawsx/test.${lang}.tsv`),
      }),
    ],
  };
}

type Splits = Pick<XnliTask, "train" | "valid" | "test">;

const task = (name: string, label: string, isClaimed: boolean, splits: Splits): XnliTask => ({
  ...{ name, label, isClaimed, labels: labelsOf(splits.train) },
  ...splits,
});

function need(field: string | undefined, name: string, i: number): string {
  if (field !== undefined && field !== "") return field;
  throw new DataError({
    what: `${name} has a line with a column missing`,
    why: "examples are texts and their label",
    fix: "give the tab-separated file as its README describes it",
    at: { file: name, line: i + 1 },
  });
}

/** The first and the last book of each part. Acts and Revelation are in none. */
const PARTS: readonly (readonly [label: string, first: string, last: string])[] = [
  ["law", "Genesis", "Deuteronomy"],
  ["history", "Joshua", "Esther"],
  ["poetry", "Job", "Song of Solomon"],
  ["prophets", "Isaiah", "Malachi"],
  ["gospels", "Matthew", "John"],
  ["letters", "Romans", "Jude"],
];

/**
 * Which part of the Bible a verse is from. Of every ten verses the last is for testing and the one before it for choosing; they are in no text that
 * is learnt from, in neither language, nor is another verse of the same text.
 */
function readBible(read: ReadLines): XnliText {
  const [refs, en, es] = ["ref", "en", "es"].map((end) => read(`bible/train.${end}`)) as [Lines, Lines, Lines];
  if (en.length !== refs.length || es.length !== refs.length) {
    throw new DataError({
      what: `bible/train has ${en.length} English verses, ${es.length} Spanish ones and ${refs.length} references`,
      why: "line i of each is the same verse",
      fix: "give the three files of one text",
    });
  }
  const parts = partsOf(refs);
  const held = new Set([en, es].flatMap((lines) => lines.filter((_, i) => i % 10 >= 8)));
  const isLearnt = (i: number): boolean => i % 10 < 8 && !held.has(en[i] as string) && !held.has(es[i] as string);
  const mono = { en: en.filter((_, i) => isLearnt(i)), es: es.filter((_, i) => isLearnt(i)) };
  const examples = (lines: Lines, wanted: (i: number) => boolean): Example[] =>
    lines.flatMap((text, i) => {
      const label = parts[i];
      return label !== undefined && wanted(i) ? [{ text, label }] : [];
    });
  return {
    mono,
    para: [{ langs: ["en", "es"], sides: [mono.en, mono.es] }],
    tasks: [
      task("bible", "Part of the Bible", true, {
        train: examples(en, isLearnt),
        valid: examples(en, (i) => i % 10 === 8),
        test: { en: examples(en, (i) => i % 10 === 9), es: examples(es, (i) => i % 10 === 9) },
      }),
    ],
  };
}

type Lines = readonly string[];

/** The part that each verse is in, from the order of the books. */
function partsOf(refs: readonly string[]): (string | undefined)[] {
  const books = refs.map((ref) => ref.replace(/ \d+:\d+$/, ""));
  const order = [...new Set(books)];
  const partOf = new Map<string, string>();
  for (const [label, first, last] of PARTS) {
    for (const book of order.slice(order.indexOf(first), order.indexOf(last) + 1)) partOf.set(book, label);
  }
  return books.map((book) => partOf.get(book));
}
