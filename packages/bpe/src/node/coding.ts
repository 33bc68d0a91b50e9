import { breathe } from "@xlm/core";
import { type BpeCodes, checkMerges, parseCodes } from "../codes.js";
import type { WordCounts } from "../count.js";
import { type EngineName, selectEngine } from "../engine.js";
import { parseVocab } from "../vocab.js";
import { type Lane, startLane } from "./lane.js";

/** All that a thread needs to code text; can be sent to another one. */
export interface CodingJob {
  codes: BpeCodes | Uint8Array;
  vocab?: WordCounts | Uint8Array;
  names: { codes?: string; vocab?: string };
  engine?: EngineName;
  cacheSize: number;
  spaces: "keep" | "collapse";
}

/**
 * Codes a piece of whole words. The result is valid until the next call.
 * @param open With `spaces: "collapse"`: whether the line at the start of the piece has a word already.
 */
export type CodePiece = (piece: Uint8Array, open: boolean) => Uint8Array;

/** @throws FormatError for codes or a vocabulary that cannot be used; OptionError for `engine`. */
export function createCodePiece({ codes, vocab, spaces, engine, ...options }: CodingJob): CodePiece {
  if (!(codes instanceof Uint8Array)) checkMerges(codes.merges, () => ({}));
  else if (codes.length === 0) parseCodes(codes, { file: options.names.codes }); // throws, as for an empty vocabulary
  if (vocab instanceof Uint8Array && vocab.length === 0) parseVocab(vocab, { file: options.names.vocab });
  const coder = selectEngine(engine).createCoder(codes, vocab, options);
  let out = new Uint8Array(1 << 16);
  let size = 0;
  const write = (piece: Uint8Array): void => {
    if (size + piece.length > out.length) {
      const grown = new Uint8Array(Math.max(out.length * 2, size + piece.length));
      grown.set(out.subarray(0, size));
      out = grown;
    }
    out.set(piece, size);
    size += piece.length;
  };
  return (piece, open) => {
    size = 0;
    if (spaces === "collapse") coder.codeLines(piece, open, write);
    else coder.code(piece, write);
    return out.subarray(0, size);
  };
}

/** What a line of text that ends within a piece leaves to the next one. */
interface LineState {
  /** Whether the line has a word by now. */
  open: boolean;
  /** Whether it has any byte by now. */
  begun: boolean;
}

function after(piece: Uint8Array, { open }: LineState): LineState {
  const start = piece.lastIndexOf(0x0a) + 1;
  let word = start;
  while (piece[word] === 0x20) word++;
  return { open: word < piece.length || (start === 0 && open), begun: start < piece.length };
}

/** Text seen before other threads are worth starting: they need some 50 ms to be ready. */
const WORTH_THREADS = 1 << 21;
/** Pieces a thread has before it: one it works on, one it can go on with at once. */
const AHEAD = 2;

/**
 * Codes pieces of whole words in order, with `threads` threads of which this one is the first: it takes a piece
 * whenever the others have enough to do. Codes are checked by the call, the rest is done as results are asked for; each is
 * valid until the next is asked for.
 * @throws As `createCodePiece`.
 */
export function codePieces(
  pieces: AsyncIterable<Uint8Array>,
  job: CodingJob,
  threads: number,
): AsyncGenerator<Uint8Array> {
  return share(pieces, job, createCodePiece(job), threads);
}

async function* share(
  pieces: AsyncIterable<Uint8Array>,
  job: CodingJob,
  own: CodePiece,
  threads: number,
): AsyncGenerator<Uint8Array> {
  const lanes: Lane[] = [];
  const results: { bytes?: Uint8Array }[] = []; // in the order of the text
  let line: LineState = { open: false, begun: false };
  let seen = 0;
  let failure: Error | undefined;
  let arrived = (): void => undefined;

  function hand(lane: Lane, piece: Uint8Array): void {
    const result: { bytes?: Uint8Array } = {};
    results.push(result);
    lane.code(piece.slice(), line.open).then(
      (bytes) => {
        result.bytes = bytes;
        arrived();
      },
      (error: Error) => {
        failure = error;
        arrived();
      },
    );
  }
  const arrival = (): Promise<void> =>
    new Promise((resolve) => {
      arrived = resolve;
      if (failure !== undefined) resolve(); // it came while a result was taken
    });
  function* ready(): Generator<Uint8Array> {
    if (failure !== undefined) throw failure;
    while (results[0]?.bytes) yield results.shift()!.bytes!;
  }

  try {
    for await (const piece of pieces) {
      seen += piece.length;
      if (seen > WORTH_THREADS) while (lanes.length < threads - 1) lanes.push(startLane({ kind: "code", job }));
      const idle = lanes.find((lane) => lane.pending() < AHEAD);
      if (idle) hand(idle, piece);
      else if (results.length > 0) results.push({ bytes: own(piece, line.open).slice() });
      else yield own(piece, line.open);
      if (job.spaces === "collapse") line = after(piece, line);
      if (lanes.length > 0) await breathe(); // lets results arrive
      yield* ready();
      while (results.length > 4 * threads) {
        await arrival();
        yield* ready();
      }
    }
    while (results.length > 0) {
      yield* ready();
      if (results.length > 0) await arrival();
    }
    if (job.spaces === "collapse" && line.begun) yield Uint8Array.of(0x0a);
  } finally {
    for (const lane of lanes) lane.stop();
  }
}
