import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Compiler } from "./driver/nvrtc.js";
import type { Program } from "./program.js";

/** Where compiled kernels are kept unless another folder is named. */
export const defaultCacheDir = (): string => path.join(os.homedir(), ".cache", "xlm-cuda");

/**
 * Compiled programs on disk, by the hash of everything that decides them: text, options, release of the compiler. A folder
 * that cannot be written to is no error: kernels are compiled again then.
 */
export class KernelCache {
  constructor(
    private readonly dir: string | null,
    private readonly compiler: Compiler,
  ) {}

  /** The machine code of a program. `fresh` passes over what is kept, and replaces it. */
  codeOf(program: Program, capability: number, fresh = false): Uint8Array {
    const file = this.fileOf(program, capability);
    const kept = file && !fresh ? read(file) : null;
    if (kept) return kept;
    const code = this.compiler.compile(program.name, program.text, capability);
    if (file) write(file, code);
    return code;
  }

  private fileOf(program: Program, capability: number): string | null {
    if (this.dir === null) return null;
    const parts = [this.compiler.version, ...this.compiler.optionsFor(capability), program.text];
    const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
    return path.join(this.dir, `${program.name}-${capability}-${hash.slice(0, 32)}.cubin`);
  }
}

function read(file: string): Uint8Array | null {
  try {
    const bytes = fs.readFileSync(file);
    return bytes.length > 0 ? bytes : null;
  } catch {
    return null; // not compiled yet
  }
}

function write(file: string, code: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(temporary, code);
    fs.renameSync(temporary, file);
  } catch {
    // No room or no right to write: the next process compiles again. What was begun is taken away where that can be done.
    try {
      fs.unlinkSync(temporary);
    } catch {
      return;
    }
  }
}
