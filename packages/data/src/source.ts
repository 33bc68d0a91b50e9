import { DataError } from "@xlm/core";

/** Bytes that are read in slices: a file, an array, an OPFS handle. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Bytes `offset..offset+length-1`, all of them. Not to be written to. */
  read(offset: number, length: number): Uint8Array;
}

/** An array as a source. */
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

/**
 * Reads so that typed arrays of any width can lie over what comes.
 * @throws DataError (`XLM_DATA`) when the source gives fewer bytes than it claimed to have.
 */
export function readAligned(source: ByteSource, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = source.read(offset, length);
  if (bytes.length !== length) {
    throw new DataError({
      what: `${length} bytes from byte ${offset} on were asked for and ${bytes.length} came`,
      why: `the source claims to have ${source.size}`,
      fix: "leave the file alone while it is read",
    });
  }
  if (bytes.byteOffset % 8 === 0 && bytes.buffer instanceof ArrayBuffer) return bytes as Uint8Array<ArrayBuffer>;
  return new Uint8Array(bytes); // not slice(): a Node Buffer's is a view
}
