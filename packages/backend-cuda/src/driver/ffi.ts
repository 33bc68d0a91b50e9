import { UnsupportedError } from "@xlm/core";
import koffi from "koffi";

/** A C function's result and arguments, in order. Handles and device pointers are `u64`; `ptr` is memory of this process. */
type CType = "int" | "u32" | "u64" | "size" | "f32" | "ptr" | "str";

const TYPES: Readonly<Record<CType, string>> = {
  int: "int",
  u32: "uint32_t",
  u64: "uint64_t",
  size: "size_t",
  f32: "float",
  ptr: "void *",
  str: "const char *",
};

/** What is passed: numbers (addresses stay below 2^53), typed arrays to be read or written, or null. */
export type CArgument = number | bigint | ArrayBufferView | string | null;
export type CFunction = (...args: CArgument[]) => unknown;

/** Signatures by name: the result's type, a colon, the arguments'. */
export type Signatures = Readonly<Record<string, string>>;

/** The functions of a library. @throws UnsupportedError (`XLM_UNSUPPORTED`) naming the first that it has not. */
export function bind<S extends Signatures>(file: string, signatures: S): { [K in keyof S]: CFunction } {
  const library = koffi.load(file);
  const typed = (name: string): string => TYPES[name as CType];
  const functionOf = (name: string, signature: string): CFunction => {
    const [result = "", args = ""] = signature.split(":");
    const types = args.trim() === "" ? [] : args.trim().split(" ").map(typed);
    try {
      return library.func(name, typed(result), types) as CFunction;
    } catch (cause) {
      throw new UnsupportedError({
        what: `${file} has no function ${name}`,
        why: "the backend is written for the libraries of CUDA 12 and 13",
        fix: "install NVIDIA's driver 525 or later, and a toolkit or wheels of CUDA 12 or 13; or name the right files in `libraries`",
        cause,
      });
    }
  };
  const entries = Object.entries(signatures).map(([name, signature]) => [name, functionOf(name, signature)]);
  return Object.fromEntries(entries) as { [K in keyof S]: CFunction };
}

/** Whether the loader finds and opens a library; null when it does, else what it said. */
export function tryLoad(file: string): string | null {
  try {
    koffi.load(file);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Memory of this process that never moves, for what a library reads or writes later. */
export function nativeBytes(size: number): { at: number; bytes: ArrayBuffer } {
  const pointer: unknown = koffi.alloc("uint8_t", size);
  return { at: Number(koffi.address(pointer)), bytes: koffi.view(pointer, size) };
}

/** The C string that a pointer points to. */
export const stringAt = (pointer: BigUint64Array): string => koffi.decode(pointer, "const char *") as string;

/** A C array of C strings. */
export function nativeStrings(texts: readonly string[]): BigUint64Array {
  const encoded = texts.map((text) => new TextEncoder().encode(`${text}\0`));
  const { at, bytes } = nativeBytes(encoded.reduce((sum, { length }) => sum + length, 1));
  const room = new Uint8Array(bytes);
  let used = 0;
  return BigUint64Array.from(encoded, (text) => {
    room.set(text, used);
    used += text.length;
    return BigInt(at + used - text.length);
  });
}
