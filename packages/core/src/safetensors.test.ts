import { describe, expect, it } from "vitest";
import {
  decodeSafetensors,
  decodeSafetensorsHeader,
  encodeSafetensors,
  headerLength,
  tensorAt,
  type TensorEntry,
} from "./safetensors.js";
import { FormatError, OptionError, ShapeError } from "./errors.js";
import type { TensorData } from "./types.js";

/** A file with any header text and any data, well-formed or not. */
function fileOf(header: string, dataBytes: number, claimedLength?: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimedLength ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const oneTensor = (fields: object, dataBytes = 8): Uint8Array => fileOf(JSON.stringify({ w: fields }), dataBytes);

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("encodeSafetensors", () => {
  it("writes length, header and data", () => {
    const bytes = encodeSafetensors({ w: { dtype: "F32", shape: [2], data: new Float32Array([1, -2]) } });
    const length = headerLength(bytes, bytes.length);
    expect(length % 8).toBe(0); // the data begin aligned
    const json = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(json.trimEnd()).toBe('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
    // struct.pack("<2f", 1, -2).hex(), Python
    expect(Buffer.from(bytes.subarray(8 + length)).toString("hex")).toBe("0000803f000000c0");
  });

  it("is undone by decodeSafetensors, metadata included", () => {
    const tensors: Record<string, TensorData> = {
      bytes: { dtype: "U8", shape: [3], data: new Uint8Array([0, 128, 255]) },
      wide: { dtype: "I64", shape: [2, 1], data: new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n]) },
      scalar: { dtype: "F64", shape: [], data: new Float64Array([0.1]) },
      empty: { dtype: "F32", shape: [0, 4], data: new Float32Array() },
      half: { dtype: "U16", shape: [1], data: new Uint16Array([65535]) },
      yes: { dtype: "BOOL", shape: [2], data: new Uint8Array([1, 0]) },
    };
    const file = decodeSafetensors(encodeSafetensors(tensors, { format: "pt", note: "é" }));
    expect({ ...file.tensors }).toEqual(tensors);
    expect({ ...file.metadata }).toEqual({ format: "pt", note: "é" });
  });

  it("keeps a tensor named like a property of objects", () => {
    const tensor: TensorData = { dtype: "U8", shape: [1], data: new Uint8Array([7]) };
    const named = Object.fromEntries(["__proto__", "constructor", "10", "2", ""].map((name) => [name, tensor]));
    const { tensors } = decodeSafetensors(encodeSafetensors(named));
    expect(Object.keys(tensors).sort()).toEqual(["", "10", "2", "__proto__", "constructor"]);
    expect(tensors["__proto__"]).toEqual(tensor);
  });

  it("refuses an array that does not fit its shape or type", () => {
    const data = new Float32Array(6);
    expect(() => encodeSafetensors({ w: { dtype: "F32", shape: [2, 2], data } })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor "w" has 6 elements and shape [2, 2]: the file stores the shape beside the elements. Fix: make them agree]`,
    );
    expect(() => encodeSafetensors({ w: { dtype: "F32", shape: [-2, -3], data } })).toThrow(ShapeError);
    expect(() => encodeSafetensors({ w: { dtype: "F32", shape: [1.5, 4], data } })).toThrow(ShapeError);
    expect(() => encodeSafetensors({ w: { dtype: "F64", shape: [6], data } })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor "w" of type F64 is a Float32Array: elements of that type come as Float64Array. Fix: change the type or convert the array]`,
    );
  });

  it("refuses the name that the format keeps", () => {
    const tensor: TensorData = { dtype: "U8", shape: [1], data: new Uint8Array(1) };
    expect(() => encodeSafetensors({ __metadata__: tensor })).toThrow(OptionError);
  });
});

describe("decodeSafetensors", () => {
  it("reads a Node Buffer that lies inside a larger one, and copies", () => {
    const plain = encodeSafetensors({ w: { dtype: "F32", shape: [2], data: new Float32Array([1, 2]) } });
    const pool = Buffer.alloc(plain.length + 3);
    pool.set(plain, 3);
    const { tensors } = decodeSafetensors(pool.subarray(3));
    pool.fill(0);
    expect(tensors["w"]?.data).toEqual(new Float32Array([1, 2]));
  });

  it("widens halves and small integers without loss", () => {
    const entry = (dtype: TensorEntry["dtype"], n: number, end: number): TensorEntry => ({
      dtype,
      shape: [n],
      begin: 0,
      end,
    });
    // np.array([1, -2, 65504, 6e-8, 6.1e-5, 0, -0.0, np.inf, np.nan], "f2").view("u2"), NumPy
    const halves = new Uint16Array([0x3c00, 0xc000, 0x7bff, 1, 0x0400, 0, 0x8000, 0x7c00, 0x7e00]);
    const read = tensorAt(entry("F16", 9, 18), new Uint8Array(halves.buffer));
    expect(read.dtype).toBe("F32");
    expect([...read.data]).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14, 0, -0, Infinity, NaN]);
    const brain = new Uint16Array([0x3f80, 0xc000, 0x7f80]); // upper halves of the float32 1, -2, infinity
    expect(tensorAt(entry("BF16", 3, 6), new Uint8Array(brain.buffer)).data).toEqual(
      new Float32Array([1, -2, Infinity]),
    );
    expect(tensorAt(entry("I8", 2, 2), new Uint8Array([0x80, 0x7f])).data).toEqual(new Int32Array([-128, 127]));
    const small = new Int16Array([-32768, 32767]);
    expect(tensorAt(entry("I16", 2, 4), new Uint8Array(small.buffer)).data).toEqual(new Int32Array(small));
  });

  it("takes tensors in any order of the header, empty ones between", () => {
    const header = {
      second: { dtype: "U8", shape: [2], data_offsets: [1, 3] },
      none: { dtype: "F64", shape: [0], data_offsets: [1, 1] },
      first: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
    };
    const bytes = fileOf(JSON.stringify(header), 3);
    bytes.set([5, 6, 7], bytes.length - 3);
    const { tensors } = decodeSafetensors(bytes);
    expect(tensors["first"]?.data).toEqual(new Uint8Array([5]));
    expect(tensors["second"]?.data).toEqual(new Uint8Array([6, 7]));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /it has 0 bytes/],
    ["half a length", new Uint8Array(7), /it has 7 bytes/],
    ["a header longer than the file", fileOf("{}", 0, 3), /its header claims 3 bytes and the file has 10/],
    ["a header of 2^63 bytes", fileOf("{}", 0, 2 ** 63), /its header claims 9223372036854775808 bytes/],
    ["a header that is not JSON", fileOf("{", 0), /its header is not JSON/],
    ["a header that is not UTF-8", fileOf("{}", 1).fill(0xff, 8, 9), /its header is not JSON/],
    ["a list for a header", fileOf("[]", 0), /its header is not an object/],
    ["null for a header", fileOf("null", 0), /its header is not an object/],
    ["null for a tensor", fileOf('{"w":null}', 0), /tensor "w" has type absent/],
    ["an unknown type", oneTensor({ dtype: "F8_E4M3", shape: [8], data_offsets: [0, 8] }), /type "F8_E4M3", which is/],
    ["an inherited type", oneTensor({ dtype: "toString", shape: [8], data_offsets: [0, 8] }), /type "toString"/],
    ["a type that is no text", oneTensor({ dtype: 4, shape: [8], data_offsets: [0, 8] }), /type 4/],
    ["no shape", oneTensor({ dtype: "U8", data_offsets: [0, 8] }), /has shape absent/],
    ["a negative shape", oneTensor({ dtype: "U8", shape: [-8, -1], data_offsets: [0, 8] }), /shape \[-8,-1\]/],
    ["a broken shape", oneTensor({ dtype: "U8", shape: [0.5, 16], data_offsets: [0, 8] }), /shape \[0.5,16\]/],
    ["a shape of texts", oneTensor({ dtype: "U8", shape: ["8"], data_offsets: [0, 8] }), /shape \["8"\]/],
    ["one offset", oneTensor({ dtype: "U8", shape: [8], data_offsets: [0] }), /offsets \[0\]/],
    ["offsets past 2^53", oneTensor({ dtype: "U8", shape: [8], data_offsets: [0, 2 ** 60] }), /offsets \[0,1152/],
    ["a shape too small", oneTensor({ dtype: "F32", shape: [1], data_offsets: [0, 8] }), /takes 8 bytes and its shape/],
    ["a shape past 2^53", oneTensor({ dtype: "U8", shape: [2 ** 52, 2 ** 52], data_offsets: [0, 8] }), /shape needs/],
    ["offsets backwards", oneTensor({ dtype: "U8", shape: [8], data_offsets: [8, 0] }), /takes -8 bytes/],
    ["a tensor past the end", oneTensor({ dtype: "U8", shape: [9], data_offsets: [0, 9] }), /ends at byte 70 of 69/],
    ["a hole before", oneTensor({ dtype: "U8", shape: [7], data_offsets: [1, 8] }), /begins at byte 62, not at 61/],
    ["bytes left over", oneTensor({ dtype: "U8", shape: [7], data_offsets: [0, 7] }), /1 bytes belong to no tensor/],
    ["metadata that is a list", fileOf('{"__metadata__":["a"]}', 0), /metadata is not a table of strings/],
    ["metadata of numbers", fileOf('{"__metadata__":{"a":1}}', 0), /metadata is not a table of strings/],
    ["metadata null", fileOf('{"__metadata__":null}', 0), /metadata is not a table of strings/],
  ])("refuses %s", (_, bytes, message) => {
    expect(messageOf(() => decodeSafetensors(bytes))).toMatch(message);
  });

  it("refuses overlapping tensors", () => {
    const whole = { dtype: "U8", shape: [8], data_offsets: [0, 8] };
    const inside = { dtype: "U8", shape: [4], data_offsets: [4, 8] };
    const bytes = fileOf(JSON.stringify({ whole, inside }), 8);
    expect(messageOf(() => decodeSafetensors(bytes))).toMatch(/tensor "inside" begins at byte \d+, not at \d+/);
  });

  it("stays short about a header nested too deeply or too long to print", () => {
    const deep = fileOf(`{"w":{"dtype":"U8","shape":${"[".repeat(2e5)}${"]".repeat(2e5)}}}`, 0);
    expect(messageOf(() => decodeSafetensors(deep))).toMatch(/nested too deeply|\[\[\[/);
    const long = messageOf(() => decodeSafetensors(fileOf(`{"${"x".repeat(1e6)}":{}}`, 0)));
    expect(long.length).toBeLessThan(500);
  });

  it("names the file", () => {
    expect(() => decodeSafetensors(new Uint8Array(7), "model.safetensors")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: model.safetensors: it has 7 bytes: the file is damaged, cut short or not safetensors. Fix: write or copy the file again]`,
    );
  });
});

describe("decodeSafetensorsHeader", () => {
  it("needs the header alone, and tells where each tensor lies", () => {
    const bytes = encodeSafetensors({
      a: { dtype: "U8", shape: [3], data: new Uint8Array([1, 2, 3]) },
      b: { dtype: "F64", shape: [1], data: new Float64Array([0.5]) },
    });
    const start = 8 + headerLength(bytes, bytes.length);
    const { entries } = decodeSafetensorsHeader(bytes.subarray(0, start), bytes.length);
    expect(entries.get("b")).toEqual({ dtype: "F64", shape: [1], begin: start, end: start + 8 }); // wide ones first
    const entry = entries.get("a") as TensorEntry;
    expect(tensorAt(entry, bytes.subarray(entry.begin, entry.end), entry.begin).data).toEqual(
      new Uint8Array([1, 2, 3]),
    );
  });
});
