import fs from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { DataError, FormatError } from "@xlm/core";
import { readLines } from "@xlm/data";
import type { LangFile } from "./options.js";

/** The lines of one language's text. */
export interface Text extends LangFile {
  readonly lines: readonly string[];
}

/**
 * Reads a file, or `FILE.gz` when that is what there is.
 * @throws DataError when there is neither, FormatError when the compressed one is damaged.
 */
export function readBytes(file: string): Uint8Array {
  const packed = file.endsWith(".gz") ? file : `${file}.gz`;
  const found = fs.existsSync(file) ? file : fs.existsSync(packed) ? packed : undefined;
  if (found === undefined || !fs.statSync(found).isFile()) {
    throw new DataError({
      what: found === undefined ? "there is no such file" : "it is not a file",
      why: "it was to be read",
      fix: "check the path",
      at: { file },
    });
  }
  const bytes = fs.readFileSync(found);
  if (found !== packed) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new FormatError({
      what: `it does not unpack (${(cause as Error).message})`,
      why: "the file is damaged or cut short",
      fix: "copy it again",
      at: { file: found },
      cause,
    });
  }
}

/** @throws what `readBytes` and `readLines` throw: see there. */
export const readText = ({ lang, file }: LangFile): Text => ({
  lang,
  file,
  lines: readLines(readBytes(file), { file }),
});

/**
 * Makes sure that nothing is there yet.
 * @throws DataError naming what is.
 */
export function checkAbsent(target: string, flag: string): void {
  if (!fs.existsSync(target)) return;
  if (fs.statSync(target).isDirectory() && fs.readdirSync(target).length === 0) return;
  throw new DataError({
    what: "it is there already",
    why: "nothing that was written before is overwritten",
    fix: `name another place with ${flag}, or move this one away`,
    at: { file: target },
  });
}

/** The first of `base`, `base-2`, `base-3`, ... that does not exist. */
export function freeName(base: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!fs.existsSync(name)) return name;
  }
}

/** Writes a new file whole or not at all; its folder is made. */
export function writeNew(file: string, content: string | Uint8Array, flag = "--out"): void {
  checkAbsent(file, flag);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, content);
  fs.renameSync(temporary, file);
}
