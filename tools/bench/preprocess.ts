// npm run -s bench -- preprocess [--moses DIR] [--fastbpe PATH] [--text FILE]: raw text to words, and to ids.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Benchmark, BenchOptions, Contender, Figures, Ratio } from "./harness.js";
import { bibleText } from "./made-up-text.js";
import { runProcess, withRate } from "./process.js";

const root = path.resolve(import.meta.dirname, "../..");
const OURS = path.join(root, "packages/cli/bin/xlm.js");
const TOKENIZE = path.join(import.meta.dirname, "peers/xlm-tokenize.mjs");
const MERGES = 10_000;

/** The four scripts as XLM's tools/tokenize.sh pipes them, for English. */
const mosesChain = (dir: string, text: string): string =>
  [
    `perl ${dir}/replace-unicode-punctuation.perl < ${text}`,
    `perl ${dir}/normalize-punctuation.perl -l en`,
    `perl ${dir}/remove-non-printing-char.perl`,
    `perl ${dir}/tokenizer.perl -no-escape -threads 1 -l en`,
  ].join(" | ");

/** Tokenising alone, and the whole way to ids, on the Bible in two languages (7.7 MB) or on `--text FILE`, as processes. */
export default function preprocess({ moses, fastbpe, text }: BenchOptions): Benchmark {
  if (!fs.existsSync(path.join(root, "packages/cli/dist/index.js")))
    throw new Error("build the packages first: npm run build");
  const hasPerl = moses !== undefined && spawnSync("perl", ["-v"]).status === 0;
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bench-"));
  const at = (name: string): string => path.join(dir, name);
  const raw = text ?? at("raw");
  if (text === undefined) fs.writeFileSync(raw, bibleText());
  const bytes = fs.statSync(raw).size;
  const shell = (command: string, stdout: string): Figures =>
    withRate(runProcess(["sh", "-c", command], { stdout }), bytes);
  const node = [process.execPath];

  // What both sides are given: codes and a vocabulary learnt from this text.
  runProcess([...node, TOKENIZE, "en"], { stdin: raw, stdout: at("words") });
  const xlm = (...args: string[]): Figures => runProcess([...node, OURS, ...args]);
  xlm("bpe", "learn", "--text", at("words"), "--merges", String(MERGES), "--out", at("codes"));
  xlm("bpe", "apply", "--text", at("words"), "--codes", at("codes"), "--out", at("coded"));
  xlm("bpe", "vocab", "--text", at("coded"), "--out", at("vocab"));

  const contenders: Contender[] = [];
  const ratios: Ratio[] = [];
  const add = (impl: string, stage: string, run: () => Figures): void => {
    contenders.push({ impl, threads: 1, group: stage, labels: { stage }, run, warmUp: false });
  };
  const compare = (stage: string): void => {
    for (const [figure, name] of [
      ["cpuSeconds", "cpu"],
      ["seconds", "wall"],
    ] as const) {
      ratios.push({
        key: `${stage}/moses ${name}`,
        ours: `xlm/${stage}/1`,
        peer: `moses/${stage}/1`,
        figure,
        better: "lower",
      });
    }
  };

  add("xlm", "tokenize", () =>
    withRate(runProcess([...node, TOKENIZE, "en"], { stdin: raw, stdout: at("ours") }), bytes),
  );
  add("xlm", "ids", () => {
    fs.rmSync(at("data"), { recursive: true, force: true });
    const given = ["--codes", at("codes"), "--vocab", at("vocab"), "--tokenize", "moses", "--out", at("data")];
    return withRate(xlm("preprocess", "--text", `en=${raw}`, ...given), bytes);
  });
  if (hasPerl) {
    add("moses", "tokenize", () => {
      const figures = shell(mosesChain(moses, raw), at("theirs"));
      if (!fs.readFileSync(at("ours")).equals(fs.readFileSync(at("theirs"))))
        throw new Error("the two sides tokenise otherwise");
      return figures;
    });
    compare("tokenize");
    if (fastbpe) {
      // The original then looks ids up in Python; the peer is left that step.
      add("moses", "ids", () =>
        shell(
          `${mosesChain(moses, raw)} > ${at("t")} && ${fastbpe} applybpe ${at("b")} ${at("t")} ${at("codes")}`,
          at("log"),
        ),
      );
      compare("ids");
    }
  }
  const absent = [...(hasPerl ? [] : ["perl and the Moses scripts"]), ...(fastbpe ? [] : ["fastbpe"])];
  return { contenders, ratios, absent, rounds: 3, close: () => fs.rmSync(dir, { recursive: true, force: true }) };
}
