import { createSha256, DataError, sha256Hex } from "@xlm/core";
import { checkCorpus } from "./check.js";
import { compact, countSentences, MAX_IDS, type Corpus, type MemoryCorpus } from "./corpus.js";
import type { Dictionary } from "./dictionary.js";
import { dictionaryHash, type CorpusManifest } from "./manifest.js";
import { openCorpus, type OpenOptions } from "./open.js";
import { blocks, type Numbers, type Slices } from "./slices.js";
import { bytesSource } from "./source.js";

export interface EncodeOptions {
  /** Name that the corpus file will have. */
  file: string;
  /** Language of the text. */
  lang: string;
  /** Content of the BPE codes file that split the text. @default not recorded */
  codes?: string | Uint8Array;
}

export type DecodeOptions = Pick<OpenOptions, "codes">;

/** A file in pieces, which may be views of the corpus. */
export interface EncodedCorpus {
  readonly pieces: Iterable<Uint8Array>;
  /** Bytes of all pieces. */
  readonly size: number;
  readonly manifest: CorpusManifest;
}

/** What `encodeCorpus` gives, without the bytes being together anywhere. */
export function encodePieces(corpus: Corpus, dictionary: Dictionary, options: EncodeOptions): EncodedCorpus {
  const { file, lang, codes } = options;
  checkCorpus(corpus, dictionary, file);
  const whole = compact(corpus);
  const sentences = countSentences(whole);
  const pieces = { [Symbol.iterator]: () => piecesOf(whole, file) }; // can be run over again
  const hash = createSha256();
  let size = 0;
  for (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
  }
  let unknown = 0;
  for (const [, block] of blocks(whole.ids))
    for (let i = 0; i < block.length; i++) if (block[i] === dictionary.unkId) unknown++;
  const manifest: CorpusManifest = {
    format: "xlm-corpus",
    version: 1,
    file,
    sha256: hash.digest(),
    lang,
    vocab: { sha256: dictionaryHash(dictionary), size: dictionary.size },
    ...(codes === undefined ? {} : { codes: { sha256: sha256Hex(codes) } }),
    sentences,
    tokens: whole.ids.length - sentences,
    unknown,
  };
  return { pieces, size, manifest };
}

/** The file of a corpus, laid out as core's `encodeSafetensors` does (a law compares them), but not in one array. */
function* piecesOf({ ids, positions }: Corpus, file: string): Generator<Uint8Array> {
  if (ids.length > MAX_IDS) {
    throw new DataError({
      what: `the corpus has ${ids.length} ids`,
      why: `positions in a file are 32 bits wide, which is enough for ${MAX_IDS}`,
      fix: "write it in several files with createShardWriter",
      at: { file },
    });
  }
  const isNarrow = ids.subarray(0, 0) instanceof Uint16Array;
  const [idBytes, positionBytes] = [ids.length * (isNarrow ? 2 : 4), positions.length * 4];
  const [idsAt, positionsAt] = isNarrow ? [positionBytes, 0] : [0, idBytes]; // wide elements first
  const entries: [string, object][] = [
    ["ids", { dtype: isNarrow ? "U16" : "I32", shape: [ids.length], data_offsets: [idsAt, idsAt + idBytes] }],
    [
      "positions",
      { dtype: "I32", shape: [positions.length / 2, 2], data_offsets: [positionsAt, positionsAt + positionBytes] },
    ],
  ];
  const json = JSON.stringify(Object.fromEntries(isNarrow ? entries.reverse() : entries));
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  yield length;
  yield header;
  const wide = positions.subarray(0, 0) instanceof Int32Array ? positions : narrowed(positions);
  const tensors: Slices<Numbers>[] = isNarrow ? [wide, ids] : [ids, wide];
  for (const tensor of tensors) {
    for (const [, block] of blocks(tensor)) yield new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
  }
}

const narrowed = (positions: Corpus["positions"]): Slices<Int32Array> => ({
  length: positions.length,
  subarray: (from, to) => Int32Array.from(positions.subarray(from, to)),
});

/**
 * A corpus as a safetensors file with the tensors `ids` `[n]` (U16 or I32) and `positions` `[sentences, 2]` (I32).
 * `Differs:` the original pickles them together with its dictionary.
 * @throws FormatError (`XLM_FORMAT`) or MismatchError (`XLM_MISMATCH`) when the arrays are no corpus of this dictionary; DataError
 *   (`XLM_DATA`) beyond 2^31-1 ids.
 */
export function encodeCorpus(
  corpus: Corpus,
  dictionary: Dictionary,
  options: EncodeOptions,
): { bytes: Uint8Array; manifest: CorpusManifest } {
  const { pieces, size, manifest } = encodePieces(corpus, dictionary, options);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, manifest };
}

/**
 * What a corpus is, as 64 hexadecimal digits: the SHA-256 of its file, or of the list of those of its shards. One that was opened with
 * this very vocabulary knows it; any other is checked and hashed as `encodeCorpus` would write it, a piece at a time.
 * @param file its name for messages.
 * @throws what `encodeCorpus` throws.
 */
export function corpusHash(corpus: Corpus, dictionary: Dictionary, file: string): string {
  const { stored } = corpus;
  if (stored?.vocab === dictionaryHash(dictionary)) return stored.sha256;
  return encodePieces(corpus, dictionary, { file, lang: "" }).manifest.sha256;
}

/**
 * Reads a corpus file into memory after checking that file, vocabulary and codes are those of its manifest.
 * @param bytes the whole file.
 * @param manifest what `encodeCorpus` returned, through JSON or not.
 * @param dictionary the vocabulary in use.
 * @throws what `openCorpus` throws.
 */
export function decodeCorpus(
  bytes: Uint8Array,
  manifest: unknown,
  dictionary: Dictionary,
  options: DecodeOptions = {},
): MemoryCorpus {
  const { stored, ...corpus } = openCorpus(bytesSource(bytes), manifest, dictionary, options);
  const ids = corpus.ids.subarray(0, corpus.ids.length).slice(); // not views of the caller's bytes
  const positions = corpus.positions.subarray(0, corpus.positions.length).slice() as Int32Array;
  return { ids, positions, ...(stored && { stored }) };
}
