import { FormatError, MismatchError, sha256Hex } from "@xlm/core";
import * as v from "valibot";
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

const known = new WeakMap<Dictionary, string>(); // a dictionary never changes, and a folder of shards asks for every one

/** SHA-256 (64 hexadecimal digits) of the words and counts of a dictionary: of the file that `formatDictionary` writes. */
export function dictionaryHash(dictionary: Dictionary): string {
  const hash = known.get(dictionary) ?? sha256Hex(formatDictionary(dictionary));
  known.set(dictionary, hash);
  return hash;
}

/** @throws FormatError (`XLM_FORMAT`) for what is no manifest. */
export function parseManifest(manifest: unknown): CorpusManifest {
  const result = v.safeParse(manifestSchema, manifest);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new FormatError({
    what: `the manifest of a corpus is wrong at ${v.getDotPath(issue) ?? "its top"} (${issue.message})`,
    why: "without it nobody knows which vocabulary the ids belong to",
    fix: "pass the JSON that encodeCorpus returned",
  });
}

/** @throws MismatchError (`XLM_MISMATCH`) naming the file and both hashes. */
export function checkHash(file: string, name: string, found: string, expected: string, fix: string): void {
  if (found === expected) return;
  throw new MismatchError({
    what: `SHA-256 of ${name} is ${found}, its manifest says ${expected}`,
    why: "ids mean nothing without the very text, vocabulary and codes they came from",
    fix,
    at: { file },
  });
}
