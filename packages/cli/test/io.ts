import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { corporaFolder } from "../src/bible.js";
import { main } from "../src/main.js";

/** What a run of the command line left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process and keeps what it writes. */
export async function xlm(args: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const code = await main(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal,
  });
  return { code, stdout, stderr };
}

/** A folder for one test file, removed with `remove`. */
export function workFolder(): {
  path: (...names: string[]) => string;
  write: (name: string, content: string | Uint8Array) => string;
  remove: () => void;
} {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-cli-"));
  const at = (...names: string[]): string => path.join(dir, ...names);
  return {
    path: at,
    write: (name, content) => {
      fs.writeFileSync(at(name), content);
      return at(name);
    },
    remove: () => fs.rmSync(dir, { recursive: true, force: true }),
  };
}

/** The first lines of the declaration of human rights in a language, without the long preamble. */
export function articles(lang: string, n: number): string {
  const file = path.join(corporaFolder(), "data", "udhr", `articles.${lang}`);
  const lines = fs.readFileSync(file, "utf8").split("\n");
  return [lines[0], ...lines.slice(2, n + 1)].map((line) => `${line}\n`).join("");
}

/** Flags of a model so small that a run takes a second or two. */
export const TINY = "--merges 120 --layers 1 --dim 8 --heads 2 --max-len 256 --batch 4 --seq 16 --backend cpu".split(
  " ",
);
