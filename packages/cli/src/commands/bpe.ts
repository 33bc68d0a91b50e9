import type { Command } from "commander";
import { createRng } from "@xlm/core";
import { countVocab, createBpe, formatVocab, parseCodes, parseVocab } from "@xlm/bpe";
import { checkAbsent, readBytes, readText, writeNew } from "../files.js";
import { alphaValue, langFiles, wholeNumber } from "../options.js";
import { applyCodes, checkBelongs, learnCodes, wordLines } from "../prepare.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { addTokenizeFlag } from "../flags.js";
import type { Tokenizer } from "../tokenize.js";

interface LearnFlags extends CommonFlags {
  text: string[];
  merges: number;
  alpha: number | "uniform";
  seed: number;
  tokenize: Tokenizer;
  out?: string;
}
interface ApplyFlags extends CommonFlags {
  codes: string;
  vocab?: string;
  text: string[];
  tokenize: Tokenizer;
  out?: string;
}
interface VocabFlags extends CommonFlags {
  text: string[];
  out?: string;
}

const FILE_LANG = /^[A-Za-z][\w-]*=/;

/** Files that may, but need not, say their language. */
const plainFiles = (values: readonly string[]): string[] => values.map((value) => value.replace(FILE_LANG, ""));

/** Writes a file, or its content to stdout when no file is named. */
function deliver(session: Session, out: string | undefined, content: Uint8Array, facts: Record<string, unknown>): void {
  const text = (): string => new TextDecoder().decode(content);
  if (out === undefined) {
    session.result({ ...facts, content: session.json ? text() : "" }, session.json ? "" : text());
    return;
  }
  writeNew(out, content);
  session.result({ ...facts, file: out }, "");
  session.say(`wrote ${out}`);
}

function learn(session: Session, flags: LearnFlags): void {
  if (flags.out) checkAbsent(flags.out, "--out");
  const named = flags.text.every((value) => FILE_LANG.test(value));
  const files = named ? langFiles(flags.text) : flags.text.map((file, i) => ({ lang: `file${i + 1}`, file }));
  const texts = files.map((file) => wordLines(readText(file), flags.tokenize));
  const codes = learnCodes(texts, createRng(flags.seed), {
    nMerges: flags.merges,
    alpha: flags.alpha,
    progress: session.progress,
  });
  const merges = parseCodes(codes).merges.length;
  if (merges < flags.merges) session.say(`only ${merges} merges were there to be learned`);
  deliver(session, flags.out, codes, { merges });
}

function apply(session: Session, flags: ApplyFlags): void {
  if (flags.out) checkAbsent(flags.out, "--out");
  const codes = parseCodes(readBytes(flags.codes), { file: flags.codes });
  const vocab = flags.vocab === undefined ? undefined : readBytes(flags.vocab);
  if (flags.vocab !== undefined && vocab) checkBelongs(codes, vocab, [flags.codes, flags.vocab]);
  const bpe = createBpe(codes, vocab ? { vocab: parseVocab(vocab) } : {});
  const texts = plainFiles(flags.text).map((file) => wordLines(readText({ lang: "", file }), flags.tokenize).lines);
  const lines = texts.flatMap((text) => applyCodes(bpe, text));
  deliver(session, flags.out, new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")), {
    lines: lines.length,
  });
}

function vocab(session: Session, flags: VocabFlags): void {
  if (flags.out) checkAbsent(flags.out, "--out");
  const texts = plainFiles(flags.text).map((file) => readText({ lang: "", file }).lines.join("\n"));
  const counts = countVocab(texts);
  deliver(session, flags.out, formatVocab(counts), { words: counts.size });
}

export function addBpe(program: Command, run: Runner): void {
  const bpe = program.command("bpe").description("learn and use byte pair encoding");
  const learnCommand = bpe
    .command("learn")
    .description("learn codes shared by all languages")
    .requiredOption("--text <files...>", "text, LANG=FILE each; or bare files, each taken for a language")
    .option("--merges <n>", "merges to learn", wholeNumber(1), 4000)
    .option("--alpha <a>", "exponent of the mixture of languages, or uniform", alphaValue, 0.5)
    .option("--seed <n>", "of the lines drawn for the mixture", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--out <file>", "codes file (default: stdout)");
  run(addTokenizeFlag(learnCommand, "none"), (session, flags: LearnFlags) => learn(session, flags));
  const applyCommand = bpe
    .command("apply")
    .description("split text into subwords")
    .requiredOption("--codes <file>", "codes from bpe learn, or fastBPE's")
    .requiredOption("--text <files...>", "text")
    .option("--vocab <file>", "write subwords of this vocabulary alone")
    .option("--out <file>", "split text (default: stdout)");
  run(addTokenizeFlag(applyCommand, "none"), (session, flags: ApplyFlags) => apply(session, flags));
  const vocabCommand = bpe
    .command("vocab")
    .description("count the subwords of split text")
    .requiredOption("--text <files...>", "split text, from bpe apply")
    .option("--out <file>", "vocabulary file (default: stdout)");
  run(vocabCommand, (session, flags: VocabFlags) => vocab(session, flags));
}
