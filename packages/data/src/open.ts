import {
  createSha256,
  decodeSafetensorsHeader,
  FormatError,
  headerLength,
  MismatchError,
  sha256Hex,
  type TensorEntry,
} from "@xlm/core";
import { checkCorpus } from "./check.js";
import type { Corpus } from "./corpus.js";
import type { Dictionary } from "./dictionary.js";
import { checkHash, dictionaryHash, parseManifest } from "./manifest.js";
import { createPageCache, type PageCache, type ReadStretch } from "./pages.js";
import type { Numbers, Slices } from "./slices.js";
import { readAligned, type ByteSource } from "./source.js";

export interface OpenOptions {
  /** Content of the BPE codes file in use, compared when the manifest records one. @default not compared */
  codes?: string | Uint8Array;
  /**
   * Whether the whole file is read once, a piece at a time, for its hash and to check every id and position. Without, a damaged file is
   * noticed late or never. @default true
   */
  verify?: boolean;
  /** Pages of files read last, to be shared by the corpora of a run. @default one of its own, 4 MB */
  cache?: PageCache;
}

const PIECE = 1 << 20; // bytes hashed at a time

/**
 * Opens a corpus file, checks that file, vocabulary and codes are those of its manifest, and reads of it what is asked for alone: a
 * corpus may be larger than memory. The source must stay open as long as the corpus is used.
 * @param manifest what `encodeCorpus` or a shard writer gave, through JSON or not.
 * @param dictionary the vocabulary in use.
 * @throws MismatchError (`XLM_MISMATCH`) naming the file and both hashes.
 * @throws FormatError (`XLM_FORMAT`) when manifest or file are not what `encodeCorpus` writes.
 */
export function openCorpus(
  source: ByteSource,
  manifest: unknown,
  dictionary: Dictionary,
  options: OpenOptions = {},
): Corpus {
  const { file, sha256, vocab, codes, sentences, tokens } = parseManifest(manifest);
  const { verify = true, cache = createPageCache() } = options;
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
  if (verify) checkHash(file, "the file", hashOf(source), sha256, "binarise the text again, or copy the file again");

  const start = source.read(0, Math.min(8, source.size));
  const header = source.read(0, 8 + headerLength(start, source.size, file));
  const { entries } = decodeSafetensorsHeader(header, source.size, file);
  const [ids, positions] = [entries.get("ids"), entries.get("positions")];
  if (!isIds(ids) || positions?.dtype !== "I32" || positions.shape.length !== 2 || positions.shape[1] !== 2) {
    throw new FormatError({
      what: `its tensors are not ids [n] and positions [sentences, 2]`,
      why: "a corpus is these two",
      fix: "write it with encodeCorpus",
      at: { file },
    });
  }
  if (positions.shape[0] !== sentences || ids.shape[0] !== tokens + sentences) {
    throw new MismatchError({
      what: `it has ${positions.shape[0]} sentences and ${ids.shape[0]} ids, its manifest says ${sentences} and ${tokens + sentences}`,
      why: "the manifest belongs to another file",
      fix: "binarise the text again",
      at: { file },
    });
  }
  const reader = (entry: TensorEntry): ReadStretch => cache.open(source, entry.begin, entry.end);
  const corpus: Corpus = {
    ids: numbersOf<Uint16Array | Int32Array>(reader(ids), ids.dtype === "U16" ? Uint16Array : Int32Array, ids.shape[0]),
    positions: numbersOf<Int32Array>(reader(positions), Int32Array, 2 * sentences),
    stored: { sha256, vocab: vocab.sha256 },
  };
  if (verify) checkCorpus(corpus, dictionary, file);
  return corpus;
}

function hashOf(source: ByteSource): string {
  const hash = createSha256();
  for (let at = 0; at < source.size; at += PIECE)
    hash.update(readAligned(source, at, Math.min(PIECE, source.size - at)));
  return hash.digest();
}

const isIds = (entry: TensorEntry | undefined): entry is TensorEntry =>
  entry !== undefined && (entry.dtype === "U16" || entry.dtype === "I32") && entry.shape.length === 1;

interface ArrayClass<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): A;
}

/** The numbers of a tensor. */
function numbersOf<A extends Numbers>(read: ReadStretch, Type: ArrayClass<A>, length: number): Slices<A> {
  const width = Type.BYTES_PER_ELEMENT;
  return {
    length,
    subarray: (from, to) => {
      const bytes = read(from * width, to * width);
      return new Type(bytes.buffer, bytes.byteOffset, bytes.length / width);
    },
  };
}
