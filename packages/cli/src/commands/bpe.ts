import { Readable } from "node:stream";
import { Option, type Command } from "commander";
import { createRng, OptionError } from "@xlm/core";
import { countChunks, formatCodes, learnBpe, parseCodes, type WordCounter } from "@xlm/bpe";
import { applyStream, countFiles, type WorkOptions } from "@xlm/bpe/node";
import { Interrupted } from "../exit.js";
import { checkAbsent, readBytes, writeNew } from "../files.js";
import { addTokenizeFlags, type TokenizeFlags } from "../flags.js";
import { alphaValue, langFiles, wholeNumber, type LangFile } from "../options.js";
import { checkBelongs } from "../prepare.js";
import { findFile } from "../preprocess/bytes.js";
import { learnMixture, type LearningText } from "../preprocess/learn.js";
import { readLineBatches, type LineRules } from "../preprocess/lines.js";
import { surveyText } from "../preprocess/survey.js";
import type { Progress } from "../progress.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { carriageReturns, lineTokenizer, wordRules, type Tokenizer } from "../tokenize.js";
import { lineChunks, rawChunks, totalSize, writeTo } from "./bpe-text.js";

interface BpeFlags extends CommonFlags {
  text: string[];
  threads: number;
  compat?: "fastbpe";
  out?: string;
}
interface LearnFlags extends BpeFlags, TokenizeFlags {
  merges: number;
  alpha: number | "uniform";
  seed: number;
}
interface ApplyFlags extends BpeFlags, TokenizeFlags {
  codes: string;
  vocab?: string;
}

const FILE_LANG = /^([A-Za-z][\w-]*)=(.+)$/s;

/** Files that may, but need not, say their language. */
const plainFiles = (values: readonly string[]): LangFile[] =>
  values.map((value) => {
    const [, lang, file] = FILE_LANG.exec(value) ?? [];
    return lang === undefined || file === undefined ? { lang: "", file: value } : { lang, file };
  });

/** fastBPE reads bytes as they are. */
function checkCompat({ compat, tokenize = "none" }: Pick<BpeFlags, "compat"> & { tokenize?: Tokenizer }): void {
  if (compat === undefined || tokenize === "none") return;
  throw new OptionError({
    what: `--compat fastbpe is given with --tokenize ${tokenize}`,
    why: "fastBPE splits at spaces alone",
    fix: "leave one of the two out",
  });
}

/** Progress in megabytes of what is read. */
function byteBar(session: Session, label: string, total: number): Progress & { bytes: (done: number) => void } {
  const bar = session.progress(label, Math.max(1, Math.ceil(total / 1e6)), "MB");
  return { ...bar, bytes: (done) => bar.update(Math.floor(done / 1e6)) };
}

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

async function learn(session: Session, flags: LearnFlags): Promise<void> {
  checkCompat(flags);
  if (flags.out) checkAbsent(flags.out, "--out");
  const { codes, nMerges } = flags.compat ? await learnAsIs(session, flags) : await learnMixed(session, flags);
  if (nMerges < flags.merges) session.say(`only ${nMerges} merges were there to be learned`);
  deliver(session, flags.out, codes, { merges: nMerges });
}

/** Learns on a mixture of languages: one pass counts the lines, another reads those that were drawn. */
async function learnMixed(session: Session, flags: LearnFlags): Promise<{ codes: Uint8Array; nMerges: number }> {
  const named = flags.text.every((value) => FILE_LANG.test(value));
  const files = named ? langFiles(flags.text) : flags.text.map((file, i) => ({ lang: `file${i + 1}`, file }));
  const words = wordRules(flags);
  const rules: LineRules = { cr: carriageReturns(words), invalidUtf8: "refuse" };
  const { signal } = session.io;

  const checking = byteBar(session, "Checking the text", totalSize(files));
  const texts: LearningText[] = [];
  let done = 0;
  for (const { lang, file: name } of files) {
    const file = findFile(name);
    const tokenize = lineTokenizer(words, lang);
    const { lines, size } = await surveyText(file, rules, (read) => {
      signal.throwIfAborted();
      checking.bytes(done + read);
    });
    done += size;
    async function* read(): AsyncGenerator<readonly string[]> {
      for await (const batch of readLineBatches(file, rules)) {
        signal.throwIfAborted();
        yield tokenize ? batch.map(tokenize) : batch;
      }
    }
    texts.push({ lang, lines, read });
  }
  checking.stop();

  const total = texts.reduce((sum, { lines }) => sum + lines, 0);
  let bar = session.progress("Mixing the languages", total, "lines");
  const learned = await learnMixture(texts, createRng(flags.seed), {
    nMerges: flags.merges,
    alpha: flags.alpha,
    onLines: (lines) => {
      bar.update(lines);
      if (lines < total) return;
      bar.stop();
      bar = session.progress("Learning BPE", flags.merges, "merges");
    },
    onMerge: (merges) => bar.update(merges),
  });
  bar.stop();
  return learned;
}

/** Learns on the texts as they are, one after the other, as fastBPE does. */
async function learnAsIs(session: Session, flags: LearnFlags): Promise<{ codes: Uint8Array; nMerges: number }> {
  const words = await countAsIs(session, flags);
  const bar = session.progress("Learning BPE", flags.merges, "merges");
  const codes = learnBpe(words, flags.merges, { compat: "fastbpe", onMerge: (done) => bar.update(done) });
  bar.stop();
  return { codes: formatCodes(codes), nMerges: codes.merges.length };
}

/** Counts bytes as they are, with as many threads as wanted. */
async function countAsIs(
  session: Session,
  { text, threads }: BpeFlags,
  options: WorkOptions = { lastWord: "drop" },
): Promise<WordCounter> {
  const files = plainFiles(text);
  const bar = byteBar(session, "Counting words", totalSize(files));
  const words = await countFiles(
    files.map(({ file }) => findFile(file)),
    { ...options, threads, signal: session.io.signal, onProgress: ({ bytes }) => bar.bytes(bytes) },
  );
  bar.stop();
  return words;
}

/** Counts lines, as all commands read them; in one thread if there are carriage returns or byte order marks among them. */
async function countClean(session: Session, flags: BpeFlags): Promise<WordCounter> {
  if (flags.threads > 1) {
    const words = await countAsIs(session, flags, { invalidUtf8: "refuse" });
    const odd = ["\r", "\0", "\ufeff"];
    if (Array.from(words.vocab(), (piece) => odd.some((c) => Buffer.from(piece).includes(c))).every((is) => !is)) {
      return words;
    }
  }
  const files = plainFiles(flags.text);
  const bar = byteBar(session, "Counting words", totalSize(files));
  const words = await countChunks(
    lineChunks(files, { rules: { tokenizer: "none", moses: "2025" }, signal: session.io.signal, onBytes: bar.bytes }),
  );
  bar.stop();
  return words;
}

async function apply(session: Session, flags: ApplyFlags): Promise<void> {
  checkCompat(flags);
  const { signal } = session.io;
  const { out, threads, compat } = flags;
  if (out) checkAbsent(out, "--out");
  const codes = readBytes(flags.codes);
  const parsed = parseCodes(codes, { file: flags.codes });
  const vocab = flags.vocab === undefined ? undefined : readBytes(flags.vocab);
  if (flags.vocab !== undefined && vocab) checkBelongs(parsed, vocab, [flags.codes, flags.vocab]);
  const files = plainFiles(flags.text);
  const bar = byteBar(session, "Applying BPE", totalSize(files));
  let lines = 0;
  const reading = { rules: wordRules(flags), signal, onBytes: bar.bytes, onLines: (n: number) => (lines = n) };
  const content = await writeTo(session, out, async (sink) => {
    const chunks = Readable.from(compat ? rawChunks(files, reading) : lineChunks(files, reading));
    await applyStream(chunks, sink, codes, { vocab, threads, signal, lastWord: compat ? "drop" : "keep" });
  });
  bar.stop();
  const facts = compat ? {} : { lines };
  if (out !== undefined) {
    session.result({ ...facts, file: out }, "");
    session.say(`wrote ${out}`);
  } else if (content !== undefined) session.result({ ...facts, content }, "");
}

async function vocab(session: Session, flags: BpeFlags): Promise<void> {
  if (flags.out) checkAbsent(flags.out, "--out");
  const counter = flags.compat ? await countAsIs(session, flags) : await countClean(session, flags);
  const file = Buffer.concat(Array.from(counter.vocab(), (piece) => Buffer.from(piece)));
  let words = 0;
  for (let at = file.indexOf(0x0a); at >= 0; at = file.indexOf(0x0a, at + 1)) words++;
  deliver(session, flags.out, file, { words });
}

/** A command that writes nothing unless it comes to its end. */
const whole =
  <F extends BpeFlags>(action: (session: Session, flags: F) => Promise<void>) =>
  async (session: Session, flags: F): Promise<void> => {
    try {
      await action(session, flags);
    } catch (error) {
      if (session.io.signal.aborted) throw new Interrupted("nothing was written");
      throw error;
    }
  };

const addSpeedFlags = (command: Command, about: string): Command =>
  command
    .option("--threads <n>", "threads that work at once; any number gives the same file", wholeNumber(1, 64), 1)
    .addOption(new Option("--compat <program>", about).choices(["fastbpe"]));

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
  addSpeedFlags(
    learnCommand,
    "learn on the bytes of all texts as they are, without a mixture, and break ties as it does",
  );
  run(addTokenizeFlags(learnCommand, "none"), whole<LearnFlags>(learn));
  const applyCommand = bpe
    .command("apply")
    .description("split text into subwords")
    .requiredOption("--codes <file>", "codes from bpe learn, or fastBPE's")
    .requiredOption("--text <files...>", "text; LANG=FILE where --tokenize depends on the language")
    .option("--vocab <file>", "write subwords of this vocabulary alone")
    .option("--out <file>", "split text (default: stdout)");
  addSpeedFlags(applyCommand, "take bytes as they are, and leave out a last word that no space or newline follows");
  run(addTokenizeFlags(applyCommand, "none"), whole<ApplyFlags>(apply));
  const vocabCommand = bpe
    .command("vocab")
    .description("count the subwords of split text")
    .requiredOption("--text <files...>", "split text, from bpe apply")
    .option("--out <file>", "vocabulary file (default: stdout)");
  addSpeedFlags(vocabCommand, "take bytes as they are, and leave out a last word that no space or newline follows");
  run(vocabCommand, whole<BpeFlags>(vocab));
}
