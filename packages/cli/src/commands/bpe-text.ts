import fs from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { LangFile } from "../options.js";
import { findFile, readChunks } from "../preprocess/bytes.js";
import { readLineChunks } from "../preprocess/lines.js";
import type { Session } from "../session.js";
import { carriageReturns, lineTokenizer, type WordRules } from "../tokenize.js";

const LF = 10;
const CR = 13;

export interface ChunkOptions {
  rules: WordRules;
  /** Stops the reading. */
  signal: AbortSignal;
  /** Told how many bytes of all files have been read. */
  onBytes?: (bytes: number) => void;
  /** Told how many lines have been read. */
  onLines?: (lines: number) => void;
}

/**
 * Lines of files, tokenised, each with its newline, in chunks that do not depend on the size of the files.
 * @throws DataError with file and line for what is no text, or has a line too long; FormatError for a damaged `*.gz`.
 */
export async function* lineChunks(
  files: readonly LangFile[],
  { rules, signal, onBytes, onLines }: ChunkOptions,
): AsyncGenerator<string | Uint8Array> {
  const reading = {
    cr: carriageReturns(rules),
    invalidUtf8: "refuse",
    hint: "say --compat fastbpe to keep its bytes",
  } as const;
  let read = 0;
  let lines = 0;
  for (const { lang, file } of files) {
    const tokenize = lineTokenizer(rules, lang);
    for await (const chunk of readLineChunks(findFile(file), reading, (raw) => onBytes?.((read += raw.length)))) {
      signal.throwIfAborted();
      onLines?.((lines += chunk.nLines));
      if (tokenize || chunk.bytes.includes(CR)) {
        const decoded = chunk.decode();
        yield `${(tokenize ? decoded.map(tokenize) : decoded).join("\n")}\n`;
      } else {
        yield chunk.bytes;
        if (chunk.bytes[chunk.bytes.length - 1] !== LF) yield "\n";
      }
    }
  }
}

/** The bytes of files as they are, one after the other. */
export async function* rawChunks(
  files: readonly LangFile[],
  { signal, onBytes }: Pick<ChunkOptions, "signal" | "onBytes">,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for (const { file } of files) {
    for await (const chunk of readChunks(findFile(file), (raw) => onBytes?.((bytes += raw.length)))) {
      signal.throwIfAborted();
      yield chunk;
    }
  }
}

/** Bytes of files on the disk, in all. */
export const totalSize = (files: readonly LangFile[]): number =>
  files.reduce((sum, { file }) => sum + fs.statSync(findFile(file)).size, 0);

/**
 * Passes what `fill` writes to a new file, which appears when it is complete, or to stdout when no file is named.
 * @returns The text under `--json` without a file: it becomes a part of the result.
 */
export async function writeTo(
  session: Session,
  out: string | undefined,
  fill: (sink: Writable) => Promise<void>,
): Promise<string | undefined> {
  if (out !== undefined) {
    await fillFile(out, fill);
    return undefined;
  }
  if (!session.json && session.io.stdout === process.stdout) {
    await fill(process.stdout);
    return undefined;
  }
  const decoder = new StringDecoder("utf8");
  let content = "";
  const take = (text: string): void => {
    if (session.json) content += text;
    else session.io.stdout.write(text);
  };
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(decoder.write(chunk));
      done();
    },
    final(done) {
      take(decoder.end());
      done();
    },
  });
  await fill(sink);
  return session.json ? content : undefined;
}

async function fillFile(file: string, fill: (sink: Writable) => Promise<void>): Promise<void> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await fill(fs.createWriteStream(temporary));
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}
