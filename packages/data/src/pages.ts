import { checkInt } from "@xlm/core";
import { readAligned, type ByteSource } from "./source.js";

export interface PageCacheOptions {
  /** Bytes of a page, rounded up to a multiple of 8: few when sentences are read from all over a file. @default 4096 */
  pageBytes?: number;
  /** Most pages held. @default 1024 */
  nPages?: number;
}

/** Reads a stretch of a source, bytes `from..to-1` of it; what comes is not to be written to. */
export type ReadStretch = (from: number, to: number) => Uint8Array<ArrayBuffer>;

/** Pages of files that were read last. Files that share one are held to its size together. */
export interface PageCache {
  /** Readies bytes `begin..end-1` of a source. */
  open(source: ByteSource, begin: number, end: number): ReadStretch;
}

const READER = 2 ** 32; // pages of one reader, by which keys stay apart

/**
 * Makes a cache; the page used longest ago makes room. Runs of a page and more are read past it.
 * @throws OptionError (`XLM_OPTION`) for sizes below 1.
 */
export function createPageCache(options: PageCacheOptions = {}): PageCache {
  const { pageBytes = 4096, nPages = 1024 } = options;
  checkInt("pageBytes", pageBytes, 1);
  checkInt("nPages", nPages, 1);
  const size = Math.ceil(pageBytes / 8) * 8;
  const pages = new Map<number, Uint8Array<ArrayBuffer>>(); // in order of use
  let nReaders = 0;
  return {
    open: (source, begin, end) => {
      const first = nReaders++ * READER;
      const page = (index: number): Uint8Array<ArrayBuffer> => {
        const key = first + index;
        let bytes = pages.get(key);
        if (bytes) pages.delete(key);
        else bytes = readAligned(source, begin + index * size, Math.min(size, end - begin - index * size));
        pages.set(key, bytes);
        if (pages.size > nPages) pages.delete(pages.keys().next().value as number);
        return bytes;
      };
      return (from, to) => {
        if (to - from >= size) return readAligned(source, begin + from, to - from);
        if (to <= from) return new Uint8Array(0);
        const index = Math.floor(from / size);
        const start = index * size;
        if (to <= start + size) return page(index).subarray(from - start, to - start);
        const out = new Uint8Array(to - from);
        const head = page(index).subarray(from - start);
        out.set(head);
        out.set(page(index + 1).subarray(0, to - start - size), head.length);
        return out;
      };
    },
  };
}
