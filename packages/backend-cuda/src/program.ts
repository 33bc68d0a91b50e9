import { XlmError } from "@xlm/core";
import { sources } from "./generated/sources.js";

/** The types of a kernel's parameters: a pointer, a 32-bit integer with or without sign, a float, a 64-bit integer. */
export type Parameter = "pointer" | "int" | "unsigned" | "float" | "long";

/** A kernel as its text declares it. */
export interface KernelSignature {
  readonly name: string;
  /** Threads of a block. */
  readonly threads: number;
  readonly parameters: readonly Parameter[];
}

/** A text that is compiled as one, and the kernels in it. */
export interface Program {
  readonly name: string;
  readonly text: string;
  readonly kernels: ReadonlyMap<string, KernelSignature>;
}

const DECLARATION = /^KERNEL\((\w+), (\w+),([^)]*)\)/gm;

function parameterOf(declaration: string): Parameter {
  if (declaration.includes("*")) return "pointer";
  if (declaration.includes("long long")) return "long";
  const type = declaration.trim().split(/\s+/)[0];
  if (type === "int" || type === "unsigned" || type === "float") return type;
  throw new XlmError("XLM_INTERNAL", {
    what: `a kernel has the parameter ${declaration.trim()}`,
    why: "its arguments are packed by type",
    fix: "declare it as a pointer, int, unsigned, float or long long",
  });
}

/** The constant names of a text stand for these numbers. */
export type Defines = Readonly<Record<string, number>>;

function threadsOf(word: string, defines: Defines): number {
  if (/^\d+$/.test(word)) return Number(word);
  return word === "THREADS" ? 32 * (defines["WARPS"] ?? 0) : 0;
}

/** Puts a text behind what all have in common, and reads the declarations of its kernels. */
export function createProgram(name: string, body: string, defines: Defines = {}): Program {
  const kernels = new Map<string, KernelSignature>();
  for (const [, threads = "", kernel = "", parameters = ""] of body.matchAll(DECLARATION)) {
    const signature = {
      name: kernel,
      threads: threadsOf(threads, defines),
      parameters: parameters.split(",").map(parameterOf),
    };
    kernels.set(kernel, signature);
  }
  const defined = Object.entries(defines).map(([key, value]) => `#define ${key} ${value}\n`);
  return { name, text: [sources.common, ...defined, body].join("\n"), kernels };
}

type Source = Exclude<keyof typeof sources, "common">;

/** A program of cuda/, each made when it is first asked for. */
export function programOf(name: Source, defines: Defines = {}): Program {
  const suffix = Object.values(defines).join("-");
  return createProgram(suffix ? `${name}-${suffix}` : name, sources[name], defines);
}
