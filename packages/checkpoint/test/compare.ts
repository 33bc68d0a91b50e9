// Comparison with files of the original's environment: run on the fixtures by `npm test`, on the golden folder by `test:golden`.
import { sizeOf, type TensorData } from "@xlm/core";
import fs from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { decodeSafetensors, encodeSafetensors, readSafetensorsFile, readSafetensorsHeader } from "../src/index.js";

/** What PyTorch says of a tensor before it was written. */
interface Layout {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly storage_offset: number;
  readonly storage_size: number;
}
export type Kinds = Readonly<Record<string, Layout>>;

/** PyTorch's type, as the file stores it and as we read it. */
const TYPES: Readonly<Record<string, readonly [stored: string, read: string]>> = {
  "torch.float32": ["F32", "F32"],
  "torch.float64": ["F64", "F64"],
  "torch.float16": ["F16", "F32"],
  "torch.bfloat16": ["F32", "F32"],
  "torch.int64": ["I64", "I64"],
  "torch.int32": ["I32", "I32"],
  "torch.int16": ["I16", "I32"],
  "torch.int8": ["I16", "I32"],
  "torch.uint8": ["U8", "U8"],
  "torch.bool": ["BOOL", "BOOL"],
};

const bitsOf = ({ data }: TensorData): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A file read as a whole, by names and from bytes is the same, and survives being written again. */
export function compareReading(file: string): void {
  const whole = readSafetensorsFile(file);
  const names = Object.keys(whole.tensors);
  expect(names.length).toBeGreaterThan(0);
  expect(new Set(names)).toEqual(new Set(readSafetensorsHeader(file).entries.keys()));
  const fromBytes = decodeSafetensors(fs.readFileSync(file), file).tensors;
  const again = decodeSafetensors(encodeSafetensors(whole.tensors, whole.metadata));
  expect({ ...again.metadata }).toEqual({ ...whole.metadata });
  for (const name of names) {
    const tensor = whole.tensors[name] as TensorData;
    expect(tensor.data.length).toBe(sizeOf(tensor.shape));
    const alone = readSafetensorsFile(file, { names: [name] }).tensors;
    expect(Object.keys(alone)).toEqual([name]);
    for (const other of [alone, fromBytes, again.tensors]) {
      expect(other[name]).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
      expect(Buffer.compare(bitsOf(other[name] as TensorData), bitsOf(tensor))).toBe(0);
    }
  }
}

/** Types, shapes, and the values of every view: it must pick its elements out of the tensor that it is a view of. */
export function compareKinds(file: string, kinds: Kinds): void {
  const { tensors } = readSafetensorsFile(file);
  const { entries } = readSafetensorsHeader(file);
  expect(new Set(Object.keys(tensors))).toEqual(new Set(Object.keys(kinds)));
  let views = 0;
  for (const [name, { dtype, shape, stride, storage_offset, storage_size }] of Object.entries(kinds)) {
    const tensor = tensors[name] as TensorData;
    expect([entries.get(name)?.dtype, tensor.dtype]).toEqual(TYPES[dtype]);
    expect(tensor.shape).toEqual(shape);
    const bases = Object.keys(kinds).filter((other) => {
      const base = kinds[other] as Layout;
      return other !== name && base.dtype === dtype && base.storage_size === storage_size && isWhole(base);
    });
    if (bases.length !== 1) continue; // no base in the file, or not clear which
    views++;
    const base = tensors[bases[0] as string] as TensorData;
    tensor.data.forEach((value: number | bigint, flat: number) => {
      let at = storage_offset;
      for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
        at += (rest % (shape[axis] as number)) * (stride[axis] as number);
        rest = Math.floor(rest / (shape[axis] as number));
      }
      expect(value).toBe(base.data[at]);
    });
  }
  expect(views).toBeGreaterThan(0);
  const special = tensors["special"]; // NaN, inf, -inf, -0.0, the smallest denormal
  if (special) expect([...(special.data as Float32Array)]).toEqual([NaN, Infinity, -Infinity, -0, 2 ** -149]);
}

const isWhole = ({ shape, stride, storage_offset, storage_size }: Layout): boolean =>
  storage_offset === 0 &&
  sizeOf(shape) === storage_size &&
  stride.every((step, axis) => step === sizeOf(shape.slice(axis + 1)));

/** Every safetensors file of a folder. */
export function safetensorsIn(folder: string): string[] {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  expect(files.length).toBeGreaterThan(0);
  return files.map((name) => path.join(folder, name));
}
