// Where tests find the outputs of the original implementations. The folders are not part of a clone:
// XLM_GOLDEN and XLM_DATA name them, and a missing folder fails the test that asked for it.
import fs from "node:fs";
import path from "node:path";
import { decodeSafetensors, type TensorData } from "@xlm/core";

const root = path.resolve(import.meta.dirname, "../..");

function folder(variable: "XLM_GOLDEN" | "XLM_DATA", fallback: string): string {
  const dir = path.resolve(root, process.env[variable] ?? fallback);
  if (!fs.existsSync(dir))
    throw new Error(`${variable} is ${dir}, which does not exist: set it to the folder of reference data`);
  return dir;
}

/** The folder of reference outputs, or one area of it. */
export const goldenDir = (...parts: string[]): string => path.join(folder("XLM_GOLDEN", "../shared/golden"), ...parts);

/** The folder of multilingual text, or one set of it. */
export const dataDir = (...parts: string[]): string => path.join(folder("XLM_DATA", "../shared/data"), ...parts);

/** Parses a JSON file. */
export const readJson = <T>(file: string): T => JSON.parse(fs.readFileSync(file, "utf8")) as T;

/** The tensors of a safetensors file by name. */
export const readTensors = (file: string): Readonly<Record<string, TensorData>> =>
  decodeSafetensors(fs.readFileSync(file), file).tensors;

/** Integers of any stored type as an Int32Array, checked for range. */
export function toInt32(tensor: TensorData): Int32Array {
  return Int32Array.from(tensor.data as ArrayLike<number | bigint>, (value) => {
    const n = Number(value);
    if (n !== (n | 0)) throw new Error(`${value} does not fit 32 bits`);
    return n;
  });
}

/** Turns the original's sequence-first `[seq, batch]` array into our row-major `[batch, seq]`. */
export function toBatchFirst(data: ArrayLike<number>, seq: number, batch: number): Int32Array {
  const out = new Int32Array(seq * batch);
  for (let t = 0; t < seq; t++) for (let b = 0; b < batch; b++) out[b * seq + t] = data[t * batch + b] as number;
  return out;
}
