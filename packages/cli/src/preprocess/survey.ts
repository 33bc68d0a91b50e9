import { createHash } from "node:crypto";
import fs from "node:fs";
import { DataError } from "@xlm/core";
import { readLineChunks, type LineRules } from "./lines.js";

/** What is known of a text file before work on it begins. */
export interface Survey {
  /** Bytes on the disk, and when it was last written, in milliseconds. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Of the file as it lies on the disk. */
  readonly sha256: string;
  /** Under these rules. */
  readonly rules: string;
  readonly lines: number;
}

/** Rules as a word, by which surveys are compared. */
export const rulesName = ({ cr, invalidUtf8 }: LineRules): string => `cr ${cr}, invalid ${invalidUtf8}`;

/** Whether a file is what it was when it was surveyed: the same size, written at the same time, read by the same rules. */
export function isCurrent(survey: Survey | undefined, file: string, rules: LineRules): survey is Survey {
  if (!survey) return false;
  const { size, mtimeMs } = fs.statSync(file);
  return survey.size === size && survey.mtimeMs === mtimeMs && survey.rules === rulesName(rules);
}

/**
 * Reads a whole file once, so that everything that could be wrong with it is known before anything is written.
 * @param onBytes told how many bytes of the file are read.
 * @throws DataError with file and line: no words, invalid UTF-8, NUL (unless replaced), UTF-16, a line too long, or a file
 *   that changes meanwhile. FormatError for a damaged `.gz`.
 */
export async function surveyText(file: string, rules: LineRules, onBytes?: (n: number) => void): Promise<Survey> {
  const { size, mtimeMs } = fs.statSync(file);
  const hash = createHash("sha256");
  let read = 0;
  let lines = 0;
  const raw = (bytes: Uint8Array): void => {
    hash.update(bytes);
    read += bytes.length;
    onBytes?.(read);
  };
  const hint = "say --invalid-utf8 replace";
  for await (const { nLines } of readLineChunks(file, { ...rules, hint }, raw)) lines += nLines;
  const survey = { size, mtimeMs, sha256: hash.digest("hex"), rules: rulesName(rules), lines };
  if (read === size && isCurrent(survey, file, rules)) return survey;
  throw changed(file);
}

/** @throws DataError when a file is no longer what was surveyed. */
export function checkCurrent(survey: Survey, file: string, rules: LineRules): void {
  if (!isCurrent(survey, file, rules)) throw changed(file);
}

const changed = (file: string): DataError =>
  new DataError({
    what: "the file changed while it was read",
    why: "its lines, its hash and its ids would be of different texts",
    fix: "run the command again once the file is finished",
    at: { file },
  });
