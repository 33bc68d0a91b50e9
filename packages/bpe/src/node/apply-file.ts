import fs from "node:fs";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { checkInt, OptionError } from "@xlm/core";
import type { BpeCodes } from "../codes.js";
import type { WordCounts } from "../count.js";
import { type CodingJob, codePieces } from "./coding.js";
import { statReadable } from "./descriptor.js";
import { isPacked, readPieces, wholeWords } from "./input.js";
import { type WorkOptions, checkWork } from "./options.js";
import { createOutput } from "./output.js";

/** Codes or a vocabulary: as values, as the bytes of their file, or the path of that file. */
type Source<T> = T | Uint8Array | string;

export interface ApplyOptions extends WorkOptions {
  /** Subwords that may be written; others are taken apart again. A path, the file's bytes, or counts. */
  vocab?: Source<WordCounts>;
  /**
   * `"keep"` leaves spaces as they are (fastBPE `applybpe`); `"collapse"` makes one of several, leaves none at the ends
   * of lines and ends the last line with a newline (fastBPE `applybpe_stream`). @default "keep"
   */
  spaces?: "keep" | "collapse";
  /** Distinct words whose coding is remembered before all are forgotten, in each thread. @default 1048576 */
  cacheSize?: number;
}

export interface ApplyFileOptions extends ApplyOptions {
  /** Whether a file that exists may be replaced. @default false */
  overwrite?: boolean;
}

/** What was read and written, in bytes; of a compressed file those on disk. */
export interface Applied {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

function readSource<T>(source: Source<T>, kind: string, name?: string): { value: T | Uint8Array; name?: string } {
  if (typeof source !== "string") return { value: source, name: name ?? kind };
  statReadable(source);
  return { value: fs.readFileSync(source), name: source };
}

function codingJob(from: Source<BpeCodes>, options: ApplyOptions): CodingJob {
  checkWork(options);
  const { engine, spaces = "keep", cacheSize = 1 << 20 } = options;
  checkInt("cacheSize", cacheSize, 1);
  if (spaces !== "keep" && spaces !== "collapse") {
    throw new OptionError({
      what: `spaces is ${JSON.stringify(spaces)}`,
      why: "they are kept, or several become one",
      fix: 'use "keep" or "collapse"',
    });
  }
  const codes = readSource(from, "codes");
  const vocab = options.vocab === undefined ? undefined : readSource(options.vocab, "vocabulary");
  return {
    codes: codes.value,
    vocab: vocab?.value,
    names: { codes: codes.name, vocab: vocab?.name },
    engine,
    cacheSize,
    spaces,
  };
}

/**
 * Codes a file (fastBPE `applybpe`) in a few megabytes of memory, whatever its size. The output appears under its name
 * when it is complete; if anything goes wrong there is none. `-` is standard input or output; pipes and devices work, and
 * an input `*.gz` is unpacked. An empty input gives an empty output.
 *
 * `Differs:` from fastBPE, which reads pipes as empty, fails after emptying its output when there is nothing to write, and
 * empties its input when that is the output too.
 * @param codes The codes, the bytes of a codes file, or its path.
 * @throws DataError for a path that cannot be used, an output that exists, bytes that are refused; FormatError with file
 *   and line for codes or a vocabulary; OptionError for options and an output that is the input; the reason of `signal`.
 * @example
 * await applyFile("corpus.en", "corpus.bpe.en", "codes", { vocab: "vocab.en", threads: 2 });
 */
export async function applyFile(
  input: string,
  output: string,
  codes: Source<BpeCodes>,
  options: ApplyFileOptions = {},
): Promise<Applied> {
  const job = codingJob(codes, options);
  const { lastWord, invalidUtf8, signal, threads = 1, overwrite, onProgress } = options;
  const stat = input === "-" ? undefined : statReadable(input);
  const total = stat?.isFile() && !isPacked(input) ? stat.size : undefined;
  let bytesRead = 0;
  let bytesWritten = 0;
  const onBytes = (n: number): void => {
    bytesRead += n;
    onProgress?.({ bytes: bytesRead, total });
  };
  const pieces = readPieces(input, { lastWord: lastWordFor(job, lastWord), invalidUtf8, signal, onBytes });
  const coded = codePieces(pieces, job, threads);
  const out = createOutput(output, { overwrite, inputs: [input] });
  try {
    for await (const bytes of coded) {
      await out.write(bytes);
      bytesWritten += bytes.length;
    }
    out.commit();
  } finally {
    out.discard();
  }
  return { bytesRead, bytesWritten };
}

/**
 * Codes what a Node stream gives and writes it to another, never faster than that one takes it. Ends `writable` when
 * `readable` ends, except for the standard streams; an error destroys both.
 * @param readable Bytes or strings cut anywhere, within characters too.
 * @throws As `applyFile`, and what the streams throw.
 */
export async function applyStream(
  readable: Readable,
  writable: Writable,
  codes: Source<BpeCodes>,
  options: ApplyOptions = {},
): Promise<Applied> {
  const job = codingJob(codes, options);
  const { lastWord, invalidUtf8, signal, threads = 1, onProgress } = options;
  let bytesRead = 0;
  let bytesWritten = 0;
  async function* counted(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
    for await (const chunk of chunks) {
      bytesRead += typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk.length;
      onProgress?.({ bytes: bytesRead, total: undefined });
      yield chunk;
    }
  }
  await pipeline(
    readable,
    async function* (chunks: AsyncIterable<Uint8Array | string>) {
      const pieces = wholeWords(counted(chunks), { lastWord: lastWordFor(job, lastWord), invalidUtf8, signal });
      for await (const bytes of codePieces(pieces, job, threads)) {
        bytesWritten += bytes.length;
        yield bytes.slice(); // the stream may keep it
      }
    },
    writable,
    { signal, end: writable !== process.stdout && writable !== process.stderr },
  );
  return { bytesRead, bytesWritten };
}

/** Lines are coded whole: `applybpe_stream` keeps a last word that `applybpe` drops. */
const lastWordFor = ({ spaces }: CodingJob, lastWord: "keep" | "drop" | undefined): "keep" | "drop" =>
  spaces === "collapse" ? "keep" : (lastWord ?? "keep");
