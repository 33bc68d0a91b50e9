// npm run -s bench -- bpe [JOBS...] [--fastbpe PATH] [--text FILE]: whole processes of our command and of the peers.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { formatTokenizerJson, parseCodes } from "@xlm/bpe";
import { parseDictionary } from "@xlm/data";
import { checkWords, chosen } from "./contenders.js";
import type { Benchmark, BenchOptions, Contender, Figures, Ratio } from "./harness.js";
import { writeMadeUpText } from "./made-up-text.js";
import { runProcess, withRate, type ProcessOptions } from "./process.js";

const OURS = path.resolve(import.meta.dirname, "../../packages/bpe/bin/xlm-bpe.js");
const BUILT = path.resolve(import.meta.dirname, "../../packages/bpe/dist/command.js");
const PEERS = path.resolve(import.meta.dirname, "peers/tokenizers.mjs");
const PACKAGES = ["tokenizers@0.23.2", "@huggingface/tokenizers@0.2.0"];
const MERGES = 40_000;
const LEAST = 30; // count of a subword of the vocabulary that `apply-vocab` is held to
const SMALL = 2e6; // bytes of the small file
const PEER_TEXT = 20e6; // bytes that the packages of Hugging Face are given

const JOBS = ["getvocab", "learn10k", "learn40k", "apply", "apply-vocab", "stream", "small", "packages"] as const;
type Job = (typeof JOBS)[number];

/** fastBPE's arguments for a job, which are ours as well. */
interface Command extends ProcessOptions {
  args: string[];
  /** Bytes of the text. */
  bytes: number;
}

/** Texts, codes and vocabularies in a folder of their own, made when first asked for. */
function createFiles(text: string | undefined) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bench-"));
  const at = (name: string): string => path.join(dir, name);
  const made = (name: string, make: (file: string) => void): string => {
    if (!fs.existsSync(at(name))) make(at(name));
    return at(name);
  };
  const ours = (args: string[], stdout: string): void => void runProcess([process.execPath, OURS, ...args], { stdout });
  const whole = (): string => text ?? made("text", (file) => writeMadeUpText(file, 100));
  const head = (name: string, bytes: number) => (): string =>
    made(name, (file) => {
      const input = fs.openSync(whole(), "r");
      const start = Buffer.alloc(bytes);
      const got = fs.readSync(input, start, 0, bytes, 0);
      fs.closeSync(input);
      fs.writeFileSync(file, start.subarray(0, start.lastIndexOf(10, got - 1) + 1));
    });
  const codes = (): string => made("codes", (file) => ours(["learnbpe", String(MERGES), whole()], file));
  const allVocab = (): string =>
    made("all-vocab", (file) => {
      runProcess([process.execPath, OURS, "applybpe", at("coded"), whole(), codes()]);
      ours(["getvocab", at("coded")], file);
    });
  return {
    out: at("out"),
    whole,
    small: head("small", SMALL),
    peerText: head("peer-text", PEER_TEXT),
    codes,
    vocab: () =>
      made("vocab", (file) => {
        const lines = fs.readFileSync(allVocab(), "utf8").split("\n");
        fs.writeFileSync(file, lines.filter((line) => Number(line.split(" ")[1]) >= LEAST).join("\n") + "\n");
      }),
    hfModel: () =>
      made("tokenizer.json", (file) => {
        const dictionary = parseDictionary(fs.readFileSync(allVocab()));
        fs.writeFileSync(
          file,
          formatTokenizerJson(parseCodes(fs.readFileSync(codes())), dictionary, { missing: "add" }),
        );
      }),
    remove: () => fs.rmSync(dir, { recursive: true, force: true }),
  };
}
type Files = ReturnType<typeof createFiles>;

function commandOf(job: Exclude<Job, "packages">, files: Files): Command {
  const text = job === "small" ? files.small() : files.whole();
  const bytes = fs.statSync(text).size;
  fs.rmSync(files.out, { force: true });
  switch (job) {
    case "getvocab":
    case "small":
      return { args: ["getvocab", text], stdout: files.out, bytes };
    case "learn10k":
      return { args: ["learnbpe", "10000", text], stdout: files.out, bytes };
    case "learn40k":
      return { args: ["learnbpe", String(MERGES), text], stdout: files.out, bytes };
    case "apply":
      return { args: ["applybpe", files.out, text, files.codes()], bytes };
    case "apply-vocab":
      return { args: ["applybpe", files.out, text, files.codes(), files.vocab()], bytes };
    case "stream":
      return { args: ["applybpe_stream", files.codes()], stdin: text, stdout: files.out, bytes };
  }
}

/** Throws when a contender's output is not that of the first one: a fast wrong answer is no figure. */
function createGate() {
  const digests = new Map<string, string>();
  return (job: string, file: string): void => {
    const { stdout } = spawnSync("sha256sum", [file], { encoding: "utf8" });
    const digest = stdout.slice(0, 64);
    if (digest.length !== 64) throw new Error(`sha256sum gave no hash of ${file}`);
    const first = digests.get(job) ?? digest;
    digests.set(job, first);
    if (digest !== first) throw new Error(`${job}: contenders wrote different files`);
  };
}

/** Learning, counting and applying on 100 MB of made-up text or on `--text FILE`, in processes: Node's start is in our figures. */
export default function bpe({ fastbpe, text, args }: BenchOptions): Benchmark {
  checkWords("bpe", JOBS, args);
  if (!fs.existsSync(BUILT)) throw new Error("build the packages first: npm run build");
  const files = createFiles(text);
  const gate = createGate();
  const jobs = chosen(JOBS, args);
  const contenders: Contender[] = [];
  const ratios: Ratio[] = [];

  const add = (impl: string, threads: number, job: Job, run: () => Figures): void => {
    contenders.push({ impl, threads, group: job, labels: { job }, run, warmUp: false });
  };
  const compare = (
    job: Job,
    ours: string,
    peer: string,
    ...figures: ["cpuSeconds" | "seconds" | "peakMiB", string][]
  ): void => {
    for (const [figure, name] of figures) ratios.push({ key: `${job}/${name}`, ours, peer, figure, better: "lower" });
  };

  for (const job of jobs.filter((name) => name !== "packages")) {
    const measure =
      (program: string[], flags: string[] = []) =>
      (): Figures => {
        const { args: words, bytes, ...streams } = commandOf(job, files);
        const figures = runProcess([...program, ...flags, ...words], streams);
        gate(job, files.out);
        return withRate(figures, bytes);
      };
    const us = [process.execPath, OURS];
    add("xlm", 1, job, measure(us));
    if (job !== "small" && job !== "stream") add("xlm", 2, job, measure(us, ["--threads", "2"]));
    if (fastbpe) add("fastbpe", 1, job, measure([fastbpe]));
    const id = (impl: string, threads: number): string => `${impl}/${job}/${threads}`;
    compare(
      job,
      id("xlm", 1),
      id("fastbpe", 1),
      ["cpuSeconds", "fastbpe cpu"],
      ["seconds", "fastbpe wall"],
      ["peakMiB", "fastbpe memory"],
    );
    compare(job, id("xlm", 2), id("xlm", 1), ["seconds", "2 threads over 1"]);
  }

  if (jobs.includes("packages")) {
    const job = "packages";
    add("xlm", 1, job, () => {
      const peerText = files.peerText();
      fs.rmSync(files.out, { force: true });
      const codes = files.codes();
      const figures = runProcess([process.execPath, OURS, "applybpe", files.out, peerText, codes]);
      return withRate(figures, fs.statSync(peerText).size);
    });
    for (const [impl, which] of [
      ["tokenizers", "rust"],
      ["@huggingface/tokenizers", "js"],
    ] as const) {
      contenders.push({
        impl,
        threads: 1,
        group: job,
        labels: { job },
        warmUp: false,
        mayFail: true,
        rounds: 1,
        run: () => {
          const peerText = files.peerText();
          const packages = PACKAGES.map((name) => `--package=${name}`);
          const command = [process.execPath, PEERS, which, files.hfModel(), peerText];
          const figures = runProcess([
            "npm",
            "exec",
            "--yes",
            ...packages,
            "--",
            "env",
            "RAYON_NUM_THREADS=1",
            ...command,
          ]);
          return withRate(figures, fs.statSync(peerText).size);
        },
      });
      compare(job, `xlm/${job}/1`, `${impl}/${job}/1`, ["cpuSeconds", `${impl} cpu`]);
    }
  }

  return { contenders, ratios, absent: fastbpe ? [] : ["fastbpe"], rounds: 3, close: files.remove };
}
