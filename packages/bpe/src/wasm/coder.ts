import { UnsupportedError } from "@xlm/core";
import { toBytes } from "../bytes.js";
import { type BpeCodes, parseCodes } from "../codes.js";
import type { WordCounts } from "../count.js";
import type { Coder, CoderOptions, Sink } from "../engine.js";
import { parseVocab } from "../vocab.js";
import { feed } from "./input.js";
import { type Kernel, createKernel } from "./kernel.js";

/** Memory of remembered words after which all are forgotten; more if `cacheSize` asks for more words than the default. */
const leastCacheBytes = 2 ** 28;
const mostCacheBytes = 2 ** 31;

/** The most that coding makes of a byte: see `code` in `assembly/apply.ts`. */
const outputSize = (input: number): number => 7 * input + 64;

export function createWasmCoder(
  module: WebAssembly.Module,
  codes: BpeCodes | Uint8Array,
  vocab: WordCounts | Uint8Array | undefined,
  { cacheSize, names }: CoderOptions,
): Coder {
  const kernel = createKernel(module);
  const { exports } = kernel;
  loadCodes(kernel, codes, names.codes);
  if (vocab) loadVocab(kernel, vocab, names.vocab);
  exports.createEncoder();
  exports.createBatch();

  const modelEnd = exports.heapTop();
  let room = 0;
  let input = 0;
  let output = 0;
  function inputOf(size: number): number {
    if (size > room) {
      // The buffers lie ahead of the words that are remembered, so these are forgotten.
      exports.release(modelEnd);
      input = exports.allocate(size);
      output = exports.allocate(outputSize(size));
      room = size;
      exports.createCache(cacheSize, Math.min(Math.max(leastCacheBytes, cacheSize * 128), mostCacheBytes));
    }
    return input;
  }

  /** Writes what has been coded, without the separator that `feed` puts behind the text. */
  function flush(added: number, write: Sink): void {
    const size = exports.codedBytes() - added;
    if (size > 0) write(kernel.bytes().subarray(output, output + size));
  }

  return {
    code(bytes, write) {
      feed(kernel, bytes, inputOf, (p, n, last) => {
        const used = exports.code(p, n, output);
        flush(last ? 1 : 0, write);
        return used;
      });
    },
    codeLines(bytes, open, write) {
      feed(kernel, bytes, inputOf, (p, n) => {
        const used = exports.codeLines(p, n, output, Number(open));
        open = exports.isLineOpen() !== 0;
        flush(0, write); // a space more makes no difference
        return used;
      });
      return open;
    },
  };
}

function place(kernel: Kernel, bytes: Uint8Array): number {
  const p = kernel.exports.allocate(bytes.length);
  kernel.bytes().set(bytes, p);
  return p;
}

function loadCodes(kernel: Kernel, codes: BpeCodes | Uint8Array, file: string | undefined): void {
  const bytes =
    codes instanceof Uint8Array
      ? codes
      : toBytes(codes.merges.map(({ left, right }) => `${left} ${right} 0\n`).join(""));
  const line = kernel.exports.loadCodes(place(kernel, bytes), bytes.length);
  if (line < 0) {
    throw new UnsupportedError({
      what: "the codes have more than two million symbols",
      why: "this engine numbers them with 21 bits",
      fix: 'pass engine: "js"',
    });
  }
  if (line > 0) parseCodes(bytes, { file }); // says what is wrong with it
}

function loadVocab(kernel: Kernel, vocab: WordCounts | Uint8Array, file: string | undefined): void {
  const isFile = vocab instanceof Uint8Array;
  if (!isFile && vocab.size === 0) return;
  const bytes = isFile ? vocab : vocabLines(vocab);
  const start = kernel.exports.heapTop();
  if (kernel.exports.loadVocab(place(kernel, bytes), bytes.length, Number(isFile)) > 0) parseVocab(bytes, { file });
  kernel.exports.release(start);
}

/** Lines of the words that can be on lines; no others can be subwords. */
function vocabLines(vocab: WordCounts): Uint8Array {
  let lines = "";
  for (const word of vocab.keys()) if (word !== "" && !/[ \n]/.test(word)) lines += `${word} 0\n`;
  return toBytes(lines);
}
