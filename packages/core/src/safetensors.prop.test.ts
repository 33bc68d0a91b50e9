import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, decodeSafetensorsHeader, encodeSafetensors, tensorAt } from "./safetensors.js";
import { FormatError } from "./errors.js";
import { sizeOf } from "./shapes.js";
import type { TensorArrays, TensorData, TensorDtype } from "./types.js";

const ARRAYS: { [D in TensorDtype]: new (buffer: ArrayBuffer) => TensorArrays[D] } = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  I64: BigInt64Array,
  U8: Uint8Array,
  U16: Uint16Array,
  U32: Uint32Array,
  BOOL: Uint8Array,
};
const dtypes = Object.keys(ARRAYS) as TensorDtype[];

/** Tensors of any type, shape and bit pattern, NaN with payload included. */
const tensor: fc.Arbitrary<TensorData> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const size = sizeOf(shape) * new ARRAYS[dtype](new ArrayBuffer(8)).BYTES_PER_ELEMENT;
    return fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((bytes) => ({ dtype, shape, data: new ARRAYS[dtype](bytes.slice().buffer) }));
  });
const tensors = fc.dictionary(
  fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"),
  tensor,
  { maxKeys: 6 },
);
const metadata = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 3 });

const bitsOf = ({ data }: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Whether a damaged file is read or refused; anything but a FormatError escapes and fails the law. */
function reads(bytes: Uint8Array): boolean {
  try {
    const { tensors: read } = decodeSafetensors(bytes);
    const held = Object.values(read).reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(held).toBeLessThanOrEqual(4 * bytes.length); // an I8 comes as an I32: nothing grows more
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return false;
  }
}

describe("safetensors", () => {
  it("reads what it wrote, to the bit", () => {
    fc.assert(
      fc.property(tensors, metadata, (written, texts) => {
        const read = decodeSafetensors(encodeSafetensors(written, texts));
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(written).sort());
        for (const [name, { dtype, shape }] of Object.entries(written)) {
          expect(read.tensors[name]).toMatchObject({ dtype, shape });
          expect(bitsOf(read.tensors[name] as TensorData)).toEqual(bitsOf(written[name] as TensorData));
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(texts).sort());
      }),
    );
  });

  it("lays every tensor out aligned to its element", () => {
    fc.assert(
      fc.property(tensors, metadata, (written, texts) => {
        const bytes = encodeSafetensors(written, texts);
        const { entries } = decodeSafetensorsHeader(bytes, bytes.length);
        for (const [name, { begin }] of entries) {
          expect(begin % (written[name] as TensorData).data.BYTES_PER_ELEMENT).toBe(0);
        }
      }),
    );
  });

  it("refuses every file cut short or continued", () => {
    fc.assert(
      fc.property(tensors, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (written, share) => {
        const bytes = encodeSafetensors(written);
        expect(reads(bytes.subarray(0, Math.floor(share * bytes.length)))).toBe(false);
        const longer = new Uint8Array(bytes.length + 1);
        longer.set(bytes);
        expect(reads(longer)).toBe(false);
      }),
    );
  });

  it("survives flipped bytes with a FormatError or a reading of the same size, never anything else", () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(tensors, metadata, flips, (written, texts, changes) => {
        const bytes = encodeSafetensors(written, texts);
        for (const [at, change] of changes) bytes[at % bytes.length]! ^= change;
        reads(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it("survives any JSON as a header and any bytes as a file", () => {
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom(...dtypes, "F16", "BF16", "I8", "I16"), fc.jsonValue()),
        shape: fc.oneof(fc.array(fc.integer()), fc.jsonValue()),
        data_offsets: fc.oneof(fc.array(fc.integer({ min: -2, max: 20 })), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue())), fc.jsonValue());
    fc.assert(
      fc.property(header, fc.nat(40), (json, size) => {
        const text = new TextEncoder().encode(JSON.stringify(json));
        const bytes = new Uint8Array(8 + text.length + size);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
        bytes.set(text, 8);
        reads(bytes);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void reads(bytes)));
  });

  it("widens every half exactly", () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const entry = { dtype: "F16", shape: [65536], begin: 0, end: 131072 } as const;
    const { data } = tensorAt(entry, new Uint8Array(halves.buffer));
    for (let half = 0; half < 65536; half++) {
      const [sign, exponent, fraction] = [half >>> 15 ? -1 : 1, (half >>> 10) & 31, half & 1023];
      const value = // IEEE 754-2008, binary16
        exponent === 31
          ? fraction > 0
            ? NaN
            : sign * Infinity
          : exponent === 0
            ? sign * fraction * 2 ** -24
            : sign * (1024 + fraction) * 2 ** (exponent - 25);
      if (!Object.is(data[half], value)) expect.fail(`0x${half.toString(16)} reads ${data[half]}, not ${value}`);
    }
  });
});
