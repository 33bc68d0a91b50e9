import { FormatError, OptionError, ShapeError } from "./errors.js";
import { sizeOf } from "./shapes.js";
import type { TensorArrays, TensorData, TensorDtype } from "./types.js";

/** Named arrays with free text beside them: the content of one safetensors file. */
export interface TensorFile {
  readonly tensors: Readonly<Record<string, TensorData>>;
  readonly metadata: Readonly<Record<string, string>>;
}

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
/** Element types as files have them: those we write, and small ones that are read widened, exactly, to F32 or I32. */
export type StoredDtype = TensorDtype | "F16" | "BF16" | "I8" | "I16";

const BYTES: Record<StoredDtype, number> = {
  F32: 4,
  F64: 8,
  I32: 4,
  I64: 8,
  U8: 1,
  U16: 2,
  U32: 4,
  BOOL: 1,
  F16: 2,
  BF16: 2,
  I8: 1,
  I16: 2,
};
const MAX_HEADER = 100_000_000; // as the reference reader
const PREFIX = 8; // bytes of the header's length

/** Where one tensor lies in a safetensors file; `begin` and `end` are bytes from the start of the file. */
export interface TensorEntry {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes the safetensors format: header length (8 bytes, little-endian), JSON header, row-major data in name order given.
 * @throws ShapeError (`XLM_SHAPE`) when an array does not fit its shape or type; OptionError (`XLM_OPTION`) for a tensor
 * named `__metadata__`, which the format keeps for itself.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorData>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // Wide elements first keeps every array aligned, as the reference writer does.
  const names = Object.keys(tensors).sort((a, b) => BYTES[tensors[b]!.dtype] - BYTES[tensors[a]!.dtype]);
  const header = Object.create(null) as Record<string, unknown>; // "__proto__" is a name like any other
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let offset = 0;
  for (const name of names) {
    const { dtype, shape, data } = tensors[name]!;
    checkTensor(name, tensors[name]!);
    const size = data.length * BYTES[dtype];
    header[name] = { dtype, shape, data_offsets: [offset, offset + size] };
    offset += size;
  }
  let json = JSON.stringify(header);
  json += " ".repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8);
  const head = new TextEncoder().encode(json);
  const out = new Uint8Array(PREFIX + head.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true);
  out.set(head, PREFIX);
  let at = PREFIX + head.length;
  for (const name of names) {
    const { data } = tensors[name]!;
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

function checkTensor(name: string, { dtype, shape, data }: TensorData): void {
  if (name === "__metadata__") {
    throw new OptionError({
      what: "a tensor is named __metadata__",
      why: "safetensors keeps that name for the texts beside the tensors",
      fix: "choose another name, or pass texts as metadata",
    });
  }
  if (data.length !== sizeOf(shape) || !shape.every(isCount)) {
    throw new ShapeError({
      what: `tensor ${JSON.stringify(name)} has ${data.length} elements and shape [${shape.join(", ")}]`,
      why: "the file stores the shape beside the elements",
      fix: "make them agree",
    });
  }
  // By name: an array of another realm (a worker, a test runner) is not an instance of this one's classes.
  if (data[Symbol.toStringTag] !== ARRAYS[dtype].name) {
    throw new ShapeError({
      what: `tensor ${JSON.stringify(name)} of type ${dtype} is a ${data[Symbol.toStringTag]}`,
      why: `elements of that type come as ${ARRAYS[dtype].name}`,
      fix: "change the type or convert the array",
    });
  }
}

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;

/** Part of a damaged header for a message: short, and safe for values too deep to print. */
function excerpt(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? "absent";
    return text.length > 100 ? `${text.slice(0, 100)}...` : text;
  } catch {
    return "a value nested too deeply to print";
  }
}

const broken = (file: string | undefined, what: string): FormatError =>
  new FormatError({
    what,
    why: "the file is damaged, cut short or not safetensors",
    fix: "write or copy the file again",
    ...(file === undefined ? {} : { at: { file } }),
  });

/**
 * Reads and checks a header before anything of the size it claims is allocated.
 * @param start at least the first 8 bytes of the file, and as much as `headerLength(start)` says for the rest.
 * @param fileSize bytes of the whole file.
 * @throws FormatError (`XLM_FORMAT`) for lengths beyond the file, unknown types, overlaps, holes and shapes that do not fit.
 */
export function decodeSafetensorsHeader(start: Uint8Array, fileSize: number, file?: string): SafetensorsHeader {
  const length = headerLength(start, fileSize, file);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(start.subarray(PREFIX, PREFIX + length)));
  } catch (cause) {
    throw broken(file, `its header is not JSON (${(cause as Error).message})`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw broken(file, "its header is not an object");
  const base = PREFIX + length;
  const entries = new Map<string, TensorEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header as Record<string, unknown>)) {
    if (name === "__metadata__") {
      metadata = stringRecord(value, file);
      continue;
    }
    entries.set(name, entryOf(name, value, base, fileSize, file));
  }
  let end = base;
  for (const [name, entry] of [...entries].sort((a, b) => a[1].begin - b[1].begin || a[1].end - b[1].end)) {
    if (entry.begin !== end) throw broken(file, `tensor ${excerpt(name)} begins at byte ${entry.begin}, not at ${end}`);
    end = entry.end;
  }
  if (end !== fileSize) throw broken(file, `${fileSize - end} bytes belong to no tensor`);
  return { entries, metadata };
}

/** Bytes of the JSON header, from the first 8 bytes of a file. */
export function headerLength(start: Uint8Array, fileSize: number, file?: string): number {
  if (start.length < PREFIX || fileSize < PREFIX) throw broken(file, `it has ${fileSize} bytes`);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER) || length > BigInt(fileSize - PREFIX)) {
    throw broken(file, `its header claims ${length} bytes and the file has ${fileSize}`);
  }
  return Number(length);
}

function stringRecord(value: unknown, file: string | undefined): Record<string, string> {
  const fits =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((v) => typeof v === "string");
  if (!fits) throw broken(file, "its metadata is not a table of strings");
  return value as Record<string, string>;
}

function entryOf(name: string, value: unknown, base: number, fileSize: number, file: string | undefined): TensorEntry {
  const label = excerpt(name);
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(BYTES, dtype)) {
    throw broken(
      file,
      `tensor ${label} has type ${excerpt(dtype)}, which is not among ${Object.keys(BYTES).join(" ")}`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw broken(file, `tensor ${label} has shape ${excerpt(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw broken(file, `tensor ${label} has offsets ${excerpt(offsets)}`);
  }
  const [from, to] = offsets as [number, number];
  const size = sizeOf(shape) * BYTES[dtype as StoredDtype];
  if (to - from !== size) throw broken(file, `tensor ${label} takes ${to - from} bytes and its shape needs ${size}`);
  if (base + to > fileSize) throw broken(file, `tensor ${label} ends at byte ${base + to} of ${fileSize}`);
  return { dtype: dtype as StoredDtype, shape, begin: base + from, end: base + to };
}

/**
 * The array of one entry, copied out of `bytes` (which starts at byte `origin` of the file).
 * F16 and BF16 come as F32, I8 and I16 as I32: every value and NaN payload kept, at two to four times the bytes.
 */
export function tensorAt(entry: TensorEntry, bytes: Uint8Array, origin = 0): TensorData {
  const { dtype, shape } = entry;
  // Not slice(): a Node Buffer's returns a view, and the whole buffer behind it.
  const copy = new Uint8Array(entry.end - entry.begin);
  copy.set(bytes.subarray(entry.begin - origin, entry.end - origin));
  switch (dtype) {
    case "F16":
    case "BF16": {
      const bits = Uint32Array.from(new Uint16Array(copy.buffer), dtype === "F16" ? widenHalf : (half) => half << 16);
      return { dtype: "F32", shape, data: new Float32Array(bits.buffer) };
    }
    case "I8":
      return { dtype: "I32", shape, data: Int32Array.from(new Int8Array(copy.buffer)) };
    case "I16":
      return { dtype: "I32", shape, data: Int32Array.from(new Int16Array(copy.buffer)) };
    default:
      return { dtype, shape, data: new ARRAYS[dtype](copy.buffer) };
  }
}

/** The bits of the float32 equal to a float16. */
function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13); // infinity and NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13); // biases 127 and 15
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // brings the leading one to bit 10: a subnormal half is a normal float
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}

/**
 * Reads a whole safetensors file.
 * @param file its name, for messages.
 * @throws FormatError (`XLM_FORMAT`); nothing is allocated before every bound was checked.
 */
export function decodeSafetensors(bytes: Uint8Array, file?: string): TensorFile {
  const { entries, metadata } = decodeSafetensorsHeader(bytes, bytes.length, file);
  const tensors: Record<string, TensorData> = Object.create(null) as Record<string, TensorData>;
  for (const [name, entry] of entries) tensors[name] = tensorAt(entry, bytes);
  return { tensors, metadata };
}
