import fs from "node:fs";
import path from "node:path";
import { DataError, FormatError, sha256Hex } from "@xlm/core";
import { writeFileAtomic } from "@xlm/checkpoint";
import * as v from "valibot";

export const STATE = "preprocess.json";

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const fileSchema = v.object({ file: v.string(), size: count, sha256: hash });
const stateSchema = v.object({
  format: v.literal("xlm-preprocess"),
  version: v.literal(1),
  /** What was read, by its path from the folder. */
  inputs: v.record(
    v.string(),
    v.object({ size: count, mtimeMs: v.number(), sha256: hash, rules: v.string(), lines: count }),
  ),
  /** What was made, by name. */
  pieces: v.record(
    v.string(),
    v.object({
      /** Everything it was made from. */
      from: v.record(v.string(), v.string()),
      finished: v.boolean(),
      parts: v.array(v.object({ files: v.array(fileSchema), facts: v.unknown() })),
    }),
  ),
});

/** What a folder of preprocessed text knows of itself, written after each part that is finished. */
export type State = v.InferOutput<typeof stateSchema>;
export type Piece = State["pieces"][string];
export type Part = Piece["parts"][number];
export type FileRecord = Part["files"][number];

/**
 * The state of a folder; that of an empty one where there is none yet.
 * @throws DataError for a folder with anything else in it, FormatError for a damaged state.
 */
export function readState(dir: string): State {
  const file = path.join(dir, STATE);
  if (!fs.existsSync(file)) {
    checkFree(dir);
    return { format: "xlm-preprocess", version: 1, inputs: {}, pieces: {} };
  }
  try {
    return v.parse(stateSchema, JSON.parse(fs.readFileSync(file, "utf8")));
  } catch (cause) {
    throw new FormatError({
      what: `it does not say what the folder holds (${(cause as Error).message})`,
      why: "only a folder that xlm preprocess made is written to",
      fix: "name another folder with --out, or move this one away",
      at: { file },
      cause,
    });
  }
}

function checkFree(dir: string): void {
  if (!fs.existsSync(dir)) return;
  if (fs.statSync(dir).isDirectory() && fs.readdirSync(dir).length === 0) return;
  throw new DataError({
    what: "it is there already, and was not made by xlm preprocess",
    why: "nothing that was written before is overwritten",
    fix: "name another folder with --out, or move this one away",
    at: { file: dir },
  });
}

/** The state as its file holds it: on one line, since it is written after every shard. */
export const formatState = (state: State): string => `${JSON.stringify(state)}\n`;

/** Writes the state, whole or not at all. */
export const writeState = (dir: string, state: State): void =>
  writeFileAtomic(path.join(dir, STATE), new TextEncoder().encode(formatState(state)));

/** Writes a file of the folder, and says what was written. */
export function writeRecorded(dir: string, file: string, bytes: Uint8Array): FileRecord {
  writeFileAtomic(path.join(dir, file), bytes);
  return { file, size: bytes.length, sha256: sha256Hex(bytes) };
}

/** Writes a file that comes in pieces, whole or not at all. */
export async function writePieces(
  dir: string,
  file: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = path.join(dir, `${file}.${process.pid}.tmp`);
  try {
    const out = fs.openSync(temporary, "w");
    try {
      for await (const piece of pieces) {
        for (let done = 0; done < piece.length;) done += fs.writeSync(out, piece, done);
      }
      fs.fsyncSync(out);
    } finally {
      fs.closeSync(out);
    }
    fs.renameSync(temporary, path.join(dir, file));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Whether a file is still what was written: its size, and under `verify` its hash too. */
export function isIntact(dir: string, { file, size, sha256 }: FileRecord, verify: boolean): boolean {
  const at = path.join(dir, file);
  if (fs.statSync(at, { throwIfNoEntry: false })?.size !== size) return false;
  return !verify || sha256Hex(fs.readFileSync(at)) === sha256;
}
