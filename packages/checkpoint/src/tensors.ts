import {
  decodeSafetensorsHeader,
  encodeSafetensors,
  headerLength,
  MismatchError,
  tensorAt,
  type SafetensorsHeader,
  type TensorData,
  type TensorFile,
} from "@xlm/core";
import { writeFileAtomic } from "./atomic.js";
import { nodeDisk, type DiskOptions, type OpenFile } from "./disk.js";

export interface ReadSafetensorsOptions extends DiskOptions {
  /** Tensors to read; the bytes of others are not touched. @default all */
  names?: readonly string[];
}

/**
 * Reads a safetensors file, header first: every length in it is checked against the size of the file before a tensor is
 * allocated.
 * @throws FormatError (`XLM_FORMAT`) for a damaged file; MismatchError (`XLM_MISMATCH`) for names that it lacks; DataError
 * (`XLM_DATA`) for a file that cannot be read; UnsupportedError (`XLM_UNSUPPORTED`) in a browser.
 */
export function readSafetensorsFile(path: string, options: ReadSafetensorsOptions = {}): TensorFile {
  const disk = options.disk ?? nodeDisk();
  const file = disk.open(path);
  try {
    const { entries, metadata } = headerOf(file, path);
    const { names = [...entries.keys()] } = options;
    const missing = names.filter((name) => !entries.has(name));
    if (missing.length > 0) {
      throw new MismatchError({
        what: `there is no tensor named ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ", ..." : ""}`,
        why: `${missing.length} of the ${names.length} asked for are not among the ${entries.size} of the file`,
        fix: "look at readSafetensorsHeader(path).entries for the names there are",
        at: { file: path },
      });
    }
    const tensors = Object.create(null) as Record<string, TensorData>; // any name is a plain name here
    for (const name of names) {
      const entry = entries.get(name)!;
      tensors[name] = tensorAt(entry, file.read(entry.begin, entry.end), entry.begin);
    }
    return { tensors, metadata };
  } finally {
    file.close();
  }
}

/**
 * What a safetensors file holds: types, shapes, places and metadata, without the tensors.
 * @throws as `readSafetensorsFile`.
 */
export function readSafetensorsHeader(path: string, options: DiskOptions = {}): SafetensorsHeader {
  const file = (options.disk ?? nodeDisk()).open(path);
  try {
    return headerOf(file, path);
  } finally {
    file.close();
  }
}

function headerOf(file: OpenFile, path: string): SafetensorsHeader {
  const prefix = file.read(0, Math.min(8, file.size));
  const start = file.read(0, 8 + headerLength(prefix, file.size, path));
  return decodeSafetensorsHeader(start, file.size, path);
}

/**
 * Writes a safetensors file, completely or not at all.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) as `encodeSafetensors`, before anything is written; otherwise
 * as `writeFileAtomic`.
 */
export function writeSafetensorsFile(
  path: string,
  tensors: Readonly<Record<string, TensorData>>,
  metadata: Readonly<Record<string, string>> = {},
  options: DiskOptions = {},
): void {
  writeFileAtomic(path, encodeSafetensors(tensors, metadata), options);
}
