/** The arrays that slices come as. */
export type Numbers = Uint16Array | Int32Array | Float64Array;

/** Numbers that are read a run at a time: a typed array is one as it is, and so is what lies in a file. */
export interface Slices<A extends Numbers> {
  readonly length: number;
  /** Numbers `from..to-1`, `0 <= from <= to <= length`. Not to be written to: they may be the very array, or a page that others read. */
  subarray(from: number, to: number): A;
}

const BLOCK = 1 << 16;

/** All numbers in order, a block at a time, with the place where each block begins; blocks have an even length but for the last. */
export function* blocks<A extends Numbers>(slices: Slices<A>): Generator<[at: number, block: A], void> {
  for (let at = 0; at < slices.length; at += BLOCK) {
    yield [at, slices.subarray(at, Math.min(at + BLOCK, slices.length))];
  }
}

/** Whether the numbers are a typed array. */
export const isArray = (slices: Slices<Numbers>): boolean => ArrayBuffer.isView(slices);

/** Numbers `from..to-1` alone, nothing read yet. */
export function part<A extends Numbers>(slices: Slices<A>, from: number, to: number): Slices<A> {
  if (isArray(slices)) return slices.subarray(from, to) as unknown as Slices<A>;
  return { length: to - from, subarray: (a, b) => slices.subarray(from + a, from + b) };
}

/** Every number changed by itself: at once in a typed array, else as it is read. */
export function mapped<A extends Numbers, B extends Numbers>(slices: Slices<A>, change: (block: A) => B): Slices<B> {
  if (isArray(slices)) return change(slices as unknown as A) as unknown as Slices<B>;
  return { length: slices.length, subarray: (from, to) => change(slices.subarray(from, to)) };
}

/**
 * Pieces laid end to end.
 * @param starts `[pieces + 1]` the place where each piece begins, and where the last ends; ascending.
 * @param read numbers of one piece, counted from its start.
 * @param make an array to copy into when a run lies in several pieces.
 */
export function chained<A extends Numbers>(
  starts: Float64Array,
  read: (piece: number, from: number, to: number) => A,
  make: (length: number) => A,
): Slices<A> {
  /** The piece that has the number at a place: the last that begins at or before it. */
  const pieceAt = (place: number): number => {
    let [low, high] = [0, starts.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    length: starts[starts.length - 1] as number,
    subarray: (from, to) => {
      if (to <= from) return make(0);
      let piece = pieceAt(from);
      const start = starts[piece] as number;
      if (to <= (starts[piece + 1] as number)) return read(piece, from - start, to - start);
      const out = make(to - from);
      for (let at = from; at < to; piece++) {
        const [begin, end] = [starts[piece] as number, Math.min(to, starts[piece + 1] as number)];
        if (end > at) out.set(read(piece, at - begin, end - begin), at - from);
        at = Math.max(at, end);
      }
      return out;
    },
  };
}
