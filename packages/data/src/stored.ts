import {
  decodeSafetensors,
  encodeSafetensors,
  FormatError,
  MismatchError,
  sha256Hex,
  type TensorData,
} from "@xlm/core";
import * as v from "valibot";
import { checkCorpus, compact, countSentences, type Corpus } from "./corpus.js";
import { formatDictionary, type Dictionary } from "./dictionary.js";

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "a SHA-256 has 64 hexadecimal digits"));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const manifestSchema = v.object({
  format: v.literal("xlm-corpus"),
  version: v.literal(1),
  file: v.string(),
  sha256: hash,
  lang: v.string(),
  vocab: v.object({ sha256: hash, size: count }),
  codes: v.optional(v.object({ sha256: hash })),
  sentences: count,
  tokens: count,
  unknown: count,
});

/** What goes beside a corpus file, as JSON: which file, vocabulary and codes belong together, and what to expect inside. */
export interface CorpusManifest {
  readonly format: "xlm-corpus";
  readonly version: 1;
  /** Name of the corpus file. */
  readonly file: string;
  /** SHA-256 of the corpus file. */
  readonly sha256: string;
  /** Language of the text. */
  readonly lang: string;
  /** SHA-256 of the vocabulary (`dictionaryHash`), and its number of ids. */
  readonly vocab: { readonly sha256: string; readonly size: number };
  /** SHA-256 of the BPE codes file, when it was given. */
  readonly codes?: { readonly sha256: string } | undefined;
  readonly sentences: number;
  /** Words of all sentences, their end marks not counted. */
  readonly tokens: number;
  /** Words that are `unkId`. */
  readonly unknown: number;
}

export interface EncodeOptions {
  /** Name that the corpus file will have. */
  file: string;
  /** Language of the text. */
  lang: string;
  /** Content of the BPE codes file that split the text. @default not recorded */
  codes?: string | Uint8Array;
}

export interface DecodeOptions {
  /** Content of the BPE codes file in use, compared when the manifest records one. @default not compared */
  codes?: string | Uint8Array;
}

/** SHA-256 (64 hexadecimal digits) of the words and counts of a dictionary: of the file that `formatDictionary` writes. */
export const dictionaryHash = (dictionary: Dictionary): string => sha256Hex(formatDictionary(dictionary));

/**
 * A corpus as a safetensors file with the tensors `ids` `[n]` (U16 or I32) and `positions` `[sentences, 2]` (I32).
 * `Differs:` the original pickles them together with its dictionary.
 * @throws FormatError (`XLM_FORMAT`) or MismatchError (`XLM_MISMATCH`) when the arrays are no corpus of this dictionary.
 */
export function encodeCorpus(
  corpus: Corpus,
  dictionary: Dictionary,
  options: EncodeOptions,
): { bytes: Uint8Array; manifest: CorpusManifest } {
  const { file, lang, codes } = options;
  checkCorpus(corpus, dictionary, file);
  const { ids, positions } = compact(corpus);
  const sentences = positions.length / 2;
  const bytes = encodeSafetensors({
    ids: { dtype: ids instanceof Uint16Array ? "U16" : "I32", shape: [ids.length], data: ids },
    positions: { dtype: "I32", shape: [sentences, 2], data: positions },
  });
  let unknown = 0;
  for (const id of ids) if (id === dictionary.unkId) unknown++;
  const manifest: CorpusManifest = {
    format: "xlm-corpus",
    version: 1,
    file,
    sha256: sha256Hex(bytes),
    lang,
    vocab: { sha256: dictionaryHash(dictionary), size: dictionary.size },
    ...(codes === undefined ? {} : { codes: { sha256: sha256Hex(codes) } }),
    sentences,
    tokens: ids.length - sentences,
    unknown,
  };
  return { bytes, manifest };
}

/**
 * Reads a corpus file after checking that file, vocabulary and codes are those of its manifest.
 * @param bytes the whole file.
 * @param manifest what `encodeCorpus` returned, through JSON or not.
 * @param dictionary the vocabulary in use.
 * @throws MismatchError (`XLM_MISMATCH`) naming the file and both hashes.
 * @throws FormatError (`XLM_FORMAT`) when manifest or file are not what `encodeCorpus` writes.
 */
export function decodeCorpus(
  bytes: Uint8Array,
  manifest: unknown,
  dictionary: Dictionary,
  options: DecodeOptions = {},
): Corpus {
  const { file, sha256: expected, vocab, codes, sentences, tokens } = parseManifest(manifest);
  checkHash(file, "the file", sha256Hex(bytes), expected, "binarise the text again, or copy the file again");
  checkHash(
    file,
    "the vocabulary in use",
    dictionaryHash(dictionary),
    vocab.sha256,
    "use the vocabulary that the corpus was binarised with, or binarise the text again",
  );
  if (codes && options.codes !== undefined) {
    const fix = "use the codes that the text was split with, or split and binarise it again";
    checkHash(file, "the BPE codes in use", sha256Hex(options.codes), codes.sha256, fix);
  }
  const { ids, positions } = decodeSafetensors(bytes, file).tensors;
  if (!isIds(ids) || positions?.dtype !== "I32" || positions.shape.length !== 2 || positions.shape[1] !== 2) {
    throw new FormatError({
      what: `its tensors are not ids [n] and positions [sentences, 2]`,
      why: "a corpus is these two",
      fix: "write it with encodeCorpus",
      at: { file },
    });
  }
  const corpus: Corpus = { ids: ids.data, positions: positions.data as Int32Array };
  checkCorpus(corpus, dictionary, file);
  if (countSentences(corpus) !== sentences || corpus.ids.length - sentences !== tokens) {
    throw new MismatchError({
      what: `it has ${countSentences(corpus)} sentences and ${corpus.ids.length} ids, its manifest says ${sentences} and ${tokens + sentences}`,
      why: "the manifest belongs to another file",
      fix: "binarise the text again",
      at: { file },
    });
  }
  return corpus;
}

function isIds(tensor: TensorData | undefined): tensor is TensorData<"U16"> | TensorData<"I32"> {
  return tensor !== undefined && (tensor.dtype === "U16" || tensor.dtype === "I32") && tensor.shape.length === 1;
}

function parseManifest(manifest: unknown): CorpusManifest {
  const result = v.safeParse(manifestSchema, manifest);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new FormatError({
    what: `the manifest of a corpus is wrong at ${v.getDotPath(issue) ?? "its top"} (${issue.message})`,
    why: "without it nobody knows which vocabulary the ids belong to",
    fix: "pass the JSON that encodeCorpus returned",
  });
}

function checkHash(file: string, name: string, found: string, expected: string, fix: string): void {
  if (found === expected) return;
  throw new MismatchError({
    what: `SHA-256 of ${name} is ${found}, its manifest says ${expected}`,
    why: "ids mean nothing without the very text, vocabulary and codes they came from",
    fix,
    at: { file },
  });
}
