import { OptionError, checkInt } from "@xlm/core";
import type { CountOptions } from "../count.js";
import type { InvalidUtf8 } from "../streams/utf8.js";

/** How far some work has come. */
export interface Progress {
  /** Bytes of text read. */
  readonly bytes: number;
  /** Bytes there are; undefined for pipes and compressed files. */
  readonly total: number | undefined;
}

/** What all work on files takes. */
export interface WorkOptions extends CountOptions {
  /** Threads that work at once, this one with them. Any number gives the same bytes. @default 1 */
  threads?: number;
  /** What becomes of bytes that are not UTF-8. @default "keep" */
  invalidUtf8?: InvalidUtf8;
  /** Stops the work, which then fails with the signal's reason; no file is left half-written. */
  signal?: AbortSignal;
  /** Called now and then, and at the end. */
  onProgress?: (progress: Progress) => void;
}

/** @throws OptionError for a number of threads below 1 or above 64, or for another `lastWord`. */
export function checkWork({ threads = 1, lastWord }: WorkOptions): void {
  checkInt("threads", threads, 1, 64);
  if (lastWord !== undefined && lastWord !== "keep" && lastWord !== "drop") {
    throw new OptionError({
      what: `lastWord is ${JSON.stringify(lastWord)}`,
      why: "a last word without a separator is kept or dropped",
      fix: 'use "keep" or "drop"',
    });
  }
}
