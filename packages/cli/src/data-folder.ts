import fs from "node:fs";
import path from "node:path";
import { DataError, FormatError, MismatchError, sha256Hex } from "@xlm/core";
import {
  createPageCache,
  decodeCorpus,
  dictionaryHash,
  encodeCorpus,
  joinCorpora,
  openCorpus,
  parseDictionary,
  type Corpus,
  type Dictionary,
} from "@xlm/data";
import { openFile } from "@xlm/data/node";
import * as v from "valibot";
import { checkAbsent, readBytes } from "./files.js";
import { MOSES_RELEASES, TOKENIZER_NAMES, type WordRules } from "./tokenize.js";

export const CODES = "codes";
export const VOCAB = "vocab";
export const MANIFEST = "manifest.json";

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const files = v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))]);
/** `TextRules` in files. What was written before there was a choice is the default. */
export const textRules = {
  tokenizer: v.picklist(TOKENIZER_NAMES),
  moses: v.optional(v.picklist(MOSES_RELEASES), "2025"),
  splitUnknown: v.optional(v.boolean(), false),
};
const manifestSchema = v.object({
  format: v.literal("xlm-data"),
  version: v.literal(1),
  ...textRules,
  codes: v.object({ sha256: hash }),
  vocab: v.object({ sha256: hash, size: v.number() }),
  /** A text in shards has an entry for each, in order. */
  corpora: v.array(v.looseObject({ split: v.string(), lang: v.string(), file: v.string() })),
  pairs: v.array(
    v.object({
      split: v.string(),
      langs: v.tuple([v.string(), v.string()]),
      /** The file of each side, or its shards in order. */
      files: v.tuple([files, files]),
    }),
  ),
});
type Manifest = v.InferOutput<typeof manifestSchema>;

/** Binarised text of one language. */
export interface MonoText {
  readonly split: string;
  readonly lang: string;
  readonly corpus: Corpus;
}

/** Binarised text in two languages, sentence by sentence. */
export interface PairText {
  readonly split: string;
  readonly langs: readonly [string, string];
  readonly sides: readonly [Corpus, Corpus];
}

/** Everything that decides how lines become subwords, other than codes and vocabulary. */
export interface TextRules extends WordRules {
  /** Whether subwords that the vocabulary lacks are split further (fastBPE's `applybpe` with a vocabulary). */
  readonly splitUnknown: boolean;
}

export const pickRules = ({ tokenizer, moses, splitUnknown }: TextRules): TextRules => ({
  tokenizer,
  moses,
  splitUnknown,
});

/** What a folder of binarised data holds. */
export interface DataSet extends TextRules {
  readonly codes: Uint8Array;
  readonly dictionary: Dictionary;
  /** The vocabulary file, as it was read. */
  readonly vocab: Uint8Array;
  readonly mono: readonly MonoText[];
  readonly pairs: readonly PairText[];
}

/** Adds binarised text to a folder; `mono` may name the very corpora that `pairs` hold, which are then stored once. */
export function writeDataFolder(dir: string, data: DataSet): void {
  const old = fs.existsSync(path.join(dir, MANIFEST)) ? readManifest(dir) : undefined;
  if (!old) checkAbsent(dir, "--out");
  if (old) checkSame(dir, old, data);
  const { dictionary, codes, vocab } = data;
  const files = new Map<Corpus, string>();
  const corpora: Record<string, unknown>[] = [];
  const written: [file: string, bytes: Uint8Array][] = [];
  const add = (file: string, split: string, lang: string, corpus: Corpus): string => {
    const known = files.get(corpus);
    if (known !== undefined) return known;
    const { bytes, manifest } = encodeCorpus(corpus, dictionary, { file, lang, codes });
    checkAbsent(path.join(dir, file), "--split or --out");
    files.set(corpus, file);
    corpora.push({ split, ...manifest });
    written.push([file, bytes]);
    return file;
  };
  const mono = data.mono.map(({ split, lang, corpus }) => add(`${split}.${lang}.safetensors`, split, lang, corpus));
  const pairs = data.pairs.map(({ split, langs, sides }) => {
    const side = (i: 0 | 1): string =>
      add(`${split}.${langs.join("-")}.${langs[i]}.safetensors`, split, langs[i], sides[i]);
    return { split, langs, files: [side(0), side(1)] };
  });
  const monoOnly = new Set(mono);
  const manifest = {
    format: "xlm-data",
    version: 1,
    ...pickRules(data),
    codes: { sha256: sha256Hex(codes) },
    vocab: { sha256: dictionaryHash(dictionary), size: dictionary.size },
    corpora: [
      ...(old?.corpora ?? []),
      ...corpora.map((entry) => ({ ...entry, mono: monoOnly.has(entry["file"] as string) })),
    ],
    pairs: [...(old?.pairs ?? []), ...pairs],
  };
  fs.mkdirSync(dir, { recursive: true });
  for (const [file, bytes] of written) fs.writeFileSync(path.join(dir, file), bytes);
  if (!old) {
    fs.writeFileSync(path.join(dir, CODES), codes);
    fs.writeFileSync(path.join(dir, VOCAB), vocab);
  }
  const temporary = path.join(dir, `${MANIFEST}.tmp`); // last, so that what it names is there
  fs.writeFileSync(temporary, `${JSON.stringify(manifest, null, 2)}\n`);
  fs.renameSync(temporary, path.join(dir, MANIFEST));
}

function checkSame(dir: string, old: Manifest, data: DataSet): void {
  const differing =
    old.vocab.sha256 !== dictionaryHash(data.dictionary)
      ? "vocabulary"
      : old.codes.sha256 !== sha256Hex(data.codes)
        ? "codes"
        : differingRule(old, data);
  if (differing === undefined) return;
  throw new MismatchError({
    what: `the folder was binarised with another ${differing}`,
    why: "all text of one folder shares codes, vocabulary and tokenizer",
    fix: "use the codes and vocab that lie in the folder, or write to another one",
    at: { file: dir },
  });
}

/** What two kinds of text were made with differently, if anything. */
function differingRule(a: TextRules, b: TextRules): string | undefined {
  if (a.tokenizer !== b.tokenizer) return "tokenizer";
  if (a.moses !== b.moses) return "--moses";
  return a.splitUnknown === b.splitUnknown ? undefined : "--split-unknown";
}

function readManifest(dir: string): Manifest {
  const file = path.join(dir, MANIFEST);
  if (!fs.existsSync(file)) {
    throw new DataError({
      what: "it is not a folder of binarised text",
      why: `there is no ${MANIFEST} in it`,
      fix: "make it with xlm binarize",
      at: { file: dir },
    });
  }
  try {
    return v.parse(manifestSchema, JSON.parse(fs.readFileSync(file, "utf8")));
  } catch (cause) {
    throw new FormatError({
      what: `it is not a manifest of binarised text (${(cause as Error).message})`,
      why: "it says which files, codes and vocabulary belong together",
      fix: "binarise the text again",
      at: { file },
      cause,
    });
  }
}

export interface ReadFolderOptions {
  /** Bytes from which on a corpus is read in slices, its file open as long as the command runs. @default 64 MB */
  slicedFrom?: number;
}

/**
 * Reads a folder of binarised text and checks that all of it belongs together.
 * @throws MismatchError naming the file whose hash is another; FormatError, DataError for damaged or missing files.
 */
export function readDataFolder(dir: string, { slicedFrom = 64 * 2 ** 20 }: ReadFolderOptions = {}): DataSet {
  const manifest = readManifest(dir);
  const codes = readBytes(path.join(dir, CODES));
  const vocab = readBytes(path.join(dir, VOCAB));
  const dictionary = parseDictionary(vocab, { file: path.join(dir, VOCAB) });
  checkHash(path.join(dir, CODES), sha256Hex(codes), manifest.codes.sha256);
  checkHash(path.join(dir, VOCAB), dictionaryHash(dictionary), manifest.vocab.sha256);
  const loaded = new Map<string, Corpus>();
  const cache = createPageCache();
  for (const { split: _, mono: __, ...entry } of manifest.corpora) {
    const at = path.join(dir, entry.file);
    const isLarge = (fs.statSync(at, { throwIfNoEntry: false })?.size ?? 0) >= slicedFrom;
    const corpus = isLarge
      ? openCorpus(openFile(at), entry, dictionary, { codes, cache })
      : decodeCorpus(readBytes(at), entry, dictionary, { codes });
    loaded.set(entry.file, corpus);
  }
  const corpusOf = (file: string): Corpus => {
    const corpus = loaded.get(file);
    if (corpus) return corpus;
    throw new FormatError({
      what: `a pair names ${file}, which is not among its corpora`,
      why: "the manifest is damaged",
      fix: "binarise the text again",
      at: { file: path.join(dir, MANIFEST) },
    });
  };
  const joined = (files: string | readonly string[]): Corpus => joinCorpora([files].flat().map(corpusOf));
  return {
    ...pickRules(manifest),
    codes,
    vocab,
    dictionary,
    mono: monoTexts(manifest).map(({ split, lang, files }) => ({ split, lang, corpus: joined(files) })),
    pairs: manifest.pairs.map(({ split, langs, files }) => ({
      split,
      langs,
      sides: [joined(files[0]), joined(files[1])],
    })),
  };
}

/** The texts of one language each, with their files in order. */
function monoTexts({ corpora }: Manifest): { split: string; lang: string; files: string[] }[] {
  const texts: { split: string; lang: string; files: string[] }[] = [];
  for (const { split, lang, file, mono } of corpora) {
    if (mono !== true) continue;
    const text = texts.find((other) => other.split === split && other.lang === lang);
    if (text) text.files.push(file);
    else texts.push({ split, lang, files: [file] });
  }
  return texts;
}

/** @throws MismatchError naming the file and both hashes. */
export function checkHash(file: string, found: string, expected: string): void {
  if (found === expected) return;
  throw new MismatchError({
    what: `its SHA-256 is ${found} and the manifest says ${expected}`,
    why: "codes, vocabulary, text and weights mean nothing without one another",
    fix: "put the file back that the manifest was written with, or make the folder again",
    at: { file },
  });
}

/**
 * The text of several folders as one.
 * @throws MismatchError when they do not share codes and vocabulary; DataError for a language that two of them have.
 */
export function joinDataFolders(dirs: readonly string[]): DataSet {
  const sets = dirs.map((dir) => readDataFolder(dir));
  const [first, ...others] = sets as [DataSet, ...DataSet[]];
  for (const [i, other] of others.entries()) {
    checkSameVocab(dirs[0] as string, first, dirs[i + 1] as string, other);
  }
  const mono = sets.flatMap((set) => set.mono);
  const pairs = sets.flatMap((set) => set.pairs);
  const names = [
    ...mono.map(({ split, lang }) => `${split} text in ${lang}`),
    ...pairs.map(({ split, langs }) => `${split} pairs of ${langs.join("-")}`),
  ];
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new DataError({
      what: `two folders hold ${twice}`,
      why: "each text is read from one place",
      fix: "binarise both files together, or name one folder",
      at: { file: dirs.join(", ") },
    });
  }
  return { ...first, mono, pairs };
}

function checkSameVocab(dirA: string, a: DataSet, dirB: string, b: DataSet): void {
  const same =
    dictionaryHash(a.dictionary) === dictionaryHash(b.dictionary) && sha256Hex(a.codes) === sha256Hex(b.codes);
  const rule = differingRule(a, b);
  if (same && rule === undefined) return;
  throw new MismatchError({
    what: `it was binarised with ${same ? `another ${rule}` : "other codes or another vocabulary"} than ${dirA}`,
    why: "a model has one vocabulary, and reads text that was made in one way",
    fix: "binarise all text with the same codes, vocabulary and tokenizer",
    at: { file: dirB },
  });
}
