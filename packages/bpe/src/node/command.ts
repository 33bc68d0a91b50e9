import { parseArgs } from "node:util";
import { OptionError, XlmError } from "@xlm/core";
import { type BpeCodes, formatCodes } from "../codes.js";
import type { EngineName } from "../engine.js";
import { learnBpe } from "../learn.js";
import type { WordCounter, WordCounts } from "../count.js";
import type { InvalidUtf8 } from "../streams/utf8.js";
import { applyFile } from "./apply-file.js";
import { countFiles } from "./count-files.js";
import { statReadable } from "./descriptor.js";
import { createOutput } from "./output.js";

/** The world a command runs in. */
export interface CommandIo {
  /** Where results go: a file, or `-` for standard output. @default "-" */
  out?: string;
  /** Receives errors and remarks, whole lines. */
  say: (text: string) => void;
  /** Stops the command. */
  signal?: AbortSignal;
}

const USAGE = `usage: xlm-bpe <command> <arguments> [options]

  getvocab INPUT [INPUT2]              count the words of one or two texts
  learnbpe N INPUT [INPUT2]            learn N merges from one or two texts
  applybpe OUTPUT INPUT CODES [VOCAB]  split the words of a text into subwords
  applybpe_stream CODES [VOCAB]        the same, line by line from standard input to standard output

  INPUT may be a pipe, - for standard input, or a file that ends in .gz.

  --threads N        threads for getvocab, applybpe and applybpe_stream (default: 1); the output is the same
  --compat NAME      fastbpe: ties and last words as in fastBPE (default); none: ties by bytes, last words kept
  --invalid-utf8 X   keep bytes that are not UTF-8 (default), replace them by U+FFFD, or refuse them
  --engine NAME      wasm or js (default: wasm where it runs)
  --help             this text
`;

interface Options {
  threads: number;
  compat: boolean;
  invalidUtf8: InvalidUtf8;
  engine: EngineName | undefined;
}

const OPTIONS = {
  threads: { type: "string" },
  compat: { type: "string" },
  "invalid-utf8": { type: "string" },
  engine: { type: "string" },
  help: { type: "boolean" },
} as const;

const wrong = (what: string, fix: string): OptionError =>
  new OptionError({ what, why: "the command line does not say what to do", fix });

function wholeNumber(name: string, text: string, most: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
  throw wrong(`${name} is ${JSON.stringify(text)}`, `give a whole number of at most ${most}`);
}

function parse(args: readonly string[]): { command: string; rest: string[]; options: Options; help: boolean } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [command = "", ...rest] = positionals;
    const { threads = "1", compat = "fastbpe", engine } = values;
    if (compat !== "fastbpe" && compat !== "none") {
      throw wrong(`--compat is ${JSON.stringify(compat)}`, "use fastbpe or none");
    }
    const options = {
      threads: wholeNumber("--threads", threads, 64),
      compat: compat === "fastbpe",
      invalidUtf8: (values["invalid-utf8"] ?? "keep") as InvalidUtf8, // checked where it is used, as is the engine
      engine: engine as EngineName | undefined,
    };
    return { command, rest, options, help: values.help ?? false };
  } catch (error) {
    if (error instanceof XlmError) throw error;
    throw wrong((error as Error).message.split("\n")[0]!, "see xlm-bpe --help"); // parseArgs' own
  }
}

/** @throws OptionError unless there are between `least` and `most` arguments. */
function checkCount(command: string, rest: readonly string[], least: number, most: number): void {
  if (rest.length >= least && rest.length <= most) return;
  const wanted = least === most ? `${least}` : `${least} or ${most}`;
  throw wrong(`${command} takes ${wanted} arguments, and ${rest.length} are given`, "see xlm-bpe --help");
}

/**
 * fastBPE's command line: its four commands, with its arguments in their order and its output, byte for byte. It prints
 * nothing but results and errors.
 *
 * `--compat fastbpe` is the default, unlike in the functions: who calls a drop-in expects the files that scripts made so
 * far. `Differs:` from fastBPE where that one crashes, loses files or reads a pipe as empty; a last word from `-` is kept by
 * `applybpe` too.
 * @returns 0; 1 for an error that nobody foresaw; 2 for arguments, files or text that cannot be used; 130 when stopped.
 */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const { command, rest, options, help } = parse(args);
    if (help) await write(io, [new TextEncoder().encode(USAGE)]);
    else await run(command, rest, options, io);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

async function run(command: string, rest: readonly string[], options: Options, io: CommandIo): Promise<void> {
  if (command === "getvocab") {
    checkCount(command, rest, 1, 2);
    const counter = await count(rest, options, io);
    await write(io, counter.vocab());
  } else if (command === "learnbpe") {
    checkCount(command, rest, 2, 3);
    const nMerges = wholeNumber("N", rest[0]!, 2 ** 31 - 1);
    const counter = await count(rest.slice(1), options, io);
    await write(io, nMerges === 0 ? [] : [learn(counter, nMerges, options, io)]);
  } else if (command === "applybpe") {
    checkCount(command, rest, 3, 4);
    const [output, input, codes, vocab] = rest as [string, string, string, string?];
    await apply(input, output, { codes, vocab, spaces: "keep" }, options, io);
  } else if (command === "applybpe_stream") {
    checkCount(command, rest, 1, 2);
    const [codes, vocab] = rest as [string, string?];
    await apply("-", io.out ?? "-", { codes, vocab, spaces: "collapse" }, options, io);
  } else {
    throw wrong(command === "" ? "there is no command" : `there is no command ${command}`, "see xlm-bpe --help");
  }
}

const lastWord = (compat: boolean, file: string): "keep" | "drop" => (compat && file !== "-" ? "drop" : "keep");

async function count(
  files: readonly string[],
  { compat, ...options }: Options,
  { signal }: CommandIo,
): Promise<WordCounter> {
  const [last, ...others] = new Set(files.map((file) => lastWord(compat, file)));
  if (others.length === 0) return countFiles(files, { ...options, signal, lastWord: last });
  const [first, second] = files as [string, string];
  const counter = await countFiles(first, { ...options, signal, lastWord: last });
  counter.add((await countFiles(second, { ...options, signal, lastWord: others[0] })).dump());
  return counter;
}

function learn(counter: WordCounter, nMerges: number, { compat, engine }: Options, { say }: CommandIo): Uint8Array {
  const codes = learnBpe(counter, nMerges, { engine, ...(compat ? { compat: "fastbpe" } : {}) });
  if (codes.exhausted) say(`xlm-bpe: the text has fewer than the ${nMerges} merges asked for\n`);
  return formatCodes(codes);
}

interface Applying {
  codes: string;
  vocab: string | undefined;
  spaces: "keep" | "collapse";
}

async function apply(
  input: string,
  output: string,
  { codes, vocab, spaces }: Applying,
  { compat, ...options }: Options,
  { signal }: CommandIo,
): Promise<void> {
  await applyFile(input, output, (compat && ifEmpty<BpeCodes>(codes, { merges: [] })) || codes, {
    ...options,
    vocab: vocab === undefined ? undefined : (compat && ifEmpty<WordCounts>(vocab, new Map())) || vocab,
    spaces,
    signal,
    overwrite: true,
    lastWord: lastWord(compat, input),
  });
}

/** fastBPE takes empty codes and vocabularies for none. */
function ifEmpty<T>(file: string, none: T): T | undefined {
  const stat = statReadable(file);
  return stat.isFile() && stat.size === 0 ? none : undefined;
}

async function write({ out = "-" }: CommandIo, pieces: Iterable<Uint8Array>): Promise<void> {
  const output = createOutput(out, { overwrite: true });
  try {
    for (const piece of pieces) await output.write(piece);
    output.commit();
  } finally {
    output.discard();
  }
}

function explain(error: unknown, { say, signal }: CommandIo): number {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === "EPIPE") return 0; // whoever read our output, such as head, has seen enough
  if (signal?.aborted) {
    say("xlm-bpe: stopped\n");
    return 130;
  }
  if (error instanceof XlmError) {
    say(`xlm-bpe: ${error.message}\n`);
    return 2;
  }
  if (code === "ENOSPC" || code === "EACCES" || code === "EISDIR") {
    say(`xlm-bpe: ${path ?? "output"}: ${(error as Error).message}\n`);
    return 2;
  }
  say(`xlm-bpe: unexpected error\n${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
