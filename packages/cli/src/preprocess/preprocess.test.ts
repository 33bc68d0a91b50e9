import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { articles, TINY, workFolder, xlm, type Ran } from "../../test/io.js";
import { startBackend } from "../backends.js";
import { readDataFolder } from "../data-folder.js";
import { openRun } from "../reader.js";

const work = workFolder();
afterAll(() => work.remove());

const en = work.write("text.en", articles("en", 30));
const fr = work.write("text.fr", articles("fr", 30));
const ru = work.write("text.ru.gz", gzipSync(articles("ru", 30)));
const texts = ["--text", `en=${en}`, `fr=${fr}`, `ru=${ru}`, "--valid", `en=${en}`, "--pair", `en=${en},fr=${fr}`];
const learnt = [...texts, "--merges", "80", "--shard-tokens", "700"];

const run = (out: string, args: readonly string[], signal?: AbortSignal): Promise<Ran> =>
  xlm(["preprocess", "--out", work.path(out), ...args], signal);
async function made(out: string, args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(out, [...args, "--json"]);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { made: string[] }).made;
}

/** Every file of a folder with its content. */
function contents(out: string): Record<string, string> {
  const names = fs.readdirSync(work.path(out), { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => fs.statSync(work.path(out, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(work.path(out, name), "latin1")]));
}

const PIECES = [
  ...["words.en.0", "words.fr.0", "words.ru.0", "codes", "vocabulary"],
  ...["train.en", "train.fr", "train.ru", "valid.en", "train.en-fr"],
];

describe("raw text, with codes and vocabulary learnt on it", () => {
  let first: Ran;
  beforeAll(async () => {
    first = await run("whole", learnt);
    expect(first.code, first.stderr).toBe(0);
  });

  it("becomes a folder of shards with a table, a report and a manifest", () => {
    const names = Object.keys(contents("whole"));
    expect(names).toEqual(
      expect.arrayContaining(["codes", "vocab", "manifest.json", "statistics.json", "report.html"]),
    );
    expect(names.filter((name) => name.startsWith("train.en.")).length).toBeGreaterThan(2);
    expect(names).toContain("train.en-fr.fr.001.safetensors");
    const [head, ...rows] = first.stdout.trim().split("\n");
    expect(head).toMatch(/^text +sentences +empty +words +tokens +a word/);
    expect(rows.map((row) => row.split("  ")[0])).toEqual([
      ...["train.en", "train.fr", "train.ru", "valid.en", "train.en-fr en", "train.en-fr fr"],
    ]);
    expect(rows[0]).toMatch(/^train\.en +30 +0 /);
    const report = fs.readFileSync(work.path("whole", "report.html"), "utf8");
    expect(report).toContain("new uPlot(");
    expect(report).not.toMatch(/(src|href)=|@import|url\(/);
  });

  it("escapes all text of the report", async () => {
    const odd = work.write("<i>&.en", "</script> <b> a b\n");
    await made("odd", ["--text", `en=${odd}`, "--merges", "1"]);
    const report = fs.readFileSync(work.path("odd", "report.html"), "utf8");
    expect(report).toContain("&lt;i&gt;&amp;.en");
    expect(report.match(/<script/g)).toHaveLength(3); // the curves, uPlot, and the few lines that draw
  });

  it("has the codes and the vocabulary that bpe learn, apply and vocab give step by step", async () => {
    const tokenize = ["--tokenize", "simple"];
    expect(await made("simple", [...learnt, ...tokenize])).toEqual(PIECES);
    const files = [`en=${en}`, `fr=${fr}`, `ru=${ru}`];
    const codes = work.path("step.codes");
    await xlm(["bpe", "learn", "--text", ...files, "--merges", "80", ...tokenize, "--out", codes]);
    expect(fs.readFileSync(work.path("simple", "codes"), "utf8")).toBe(fs.readFileSync(codes, "utf8"));
    const split = await xlm(["bpe", "apply", "--codes", codes, "--text", ...files, ...tokenize]);
    const vocab = await xlm(["bpe", "vocab", "--text", work.write("split", split.stdout)]);
    expect(fs.readFileSync(work.path("simple", "vocab"), "utf8")).toBe(vocab.stdout);
  });

  it("is the same text in one shard or in many, and as binarize makes it", async () => {
    const given = ["--codes", work.path("whole", "codes"), "--vocab", work.path("whole", "vocab")];
    await made("one", [...learnt, ...given, "--shard-tokens", "1000000", "--tokenize", "simple"]);
    await made("tiny", [...learnt, ...given, "--shard-tokens", "1", "--tokenize", "simple"]);
    expect(Object.keys(contents("tiny")).filter((name) => /^train\.en\.\d/.test(name))).toHaveLength(30);
    const binarize = ["binarize", ...given, "--tokenize", "simple", "--out", work.path("binarized")];
    await xlm([...binarize, "--text", `en=${en}`, `fr=${fr}`, `ru=${ru}`, "--pair", `en=${en},fr=${fr}`]);
    const numbers = (out: string): unknown => {
      const { mono, pairs } = readDataFolder(work.path(out));
      const of = ({ ids, positions }: (typeof mono)[number]["corpus"]): number[][] =>
        [ids, positions].map((slices) => Array.from(slices.subarray(0, slices.length)));
      return [
        mono.filter(({ split }) => split === "train").map(({ lang, corpus }) => [lang, of(corpus)]),
        pairs.map(({ langs, sides }) => [langs, sides.map(of)]),
      ];
    };
    expect(numbers("tiny")).toEqual(numbers("one"));
    expect(numbers("one")).toEqual(numbers("binarized"));
  });

  it("trains to the same weights from one shard or many", async () => {
    const weights = async (data: string): Promise<Buffer> => {
      const out = work.path(`run-${data}`);
      const ran = await xlm([
        "train",
        "--data",
        work.path(data),
        "--out",
        out,
        "--steps",
        "2",
        "--max-sentences",
        "2",
        ...TINY.slice(2),
      ]);
      expect(ran.code, ran.stderr).toBe(0);
      return fs.readFileSync(path.join(out, "checkpoint", "step-00000002", "model.safetensors"));
    };
    expect((await weights("tiny")).equals(await weights("one"))).toBe(true);
  });

  describe("again", () => {
    it("does nothing when nothing changed", async () => {
      const times = (): number[] =>
        Object.keys(contents("whole")).map((name) => fs.statSync(work.path("whole", name)).mtimeMs);
      const before = times();
      expect(await made("whole", learnt)).toEqual([]);
      expect(times()).toEqual(before);
    });

    it("learns again when text to train on changed, and tokenises that alone", async () => {
      const other = work.write("other.fr", `${articles("fr", 29)}Une autre ligne tout à fait différente.\n`);
      const args = learnt.map((arg) => arg.replaceAll(fr, other));
      fs.cpSync(work.path("whole"), work.path("changed"), { recursive: true });
      const redone = await made("changed", args);
      expect(redone).toEqual(PIECES.filter((name) => !["words.en.0", "words.ru.0"].includes(name)));
      await made("changed-fresh", args);
      expect(contents("changed")).toEqual(contents("changed-fresh"));
    });

    it("does all again when the tokenizer changed, and ends as a new folder does", async () => {
      const args = [...learnt, "--tokenize", "moses"];
      fs.cpSync(work.path("whole"), work.path("cased"), { recursive: true });
      expect(await made("cased", args)).toEqual(PIECES);
      await made("cased-fresh", args);
      expect(contents("cased")).toEqual(contents("cased-fresh"));
    });

    it("does without the tokenised text until it is needed", async () => {
      fs.cpSync(work.path("whole"), work.path("lean"), { recursive: true });
      fs.rmSync(work.path("lean", "work"), { recursive: true });
      expect(await made("lean", learnt)).toEqual([]);
      expect(await made("lean", [...learnt, "--merges", "70"])).toEqual(PIECES);
    });
  });

  it("ends as if it had never stopped, wherever it was stopped", async () => {
    const expected = contents("whole");
    let asked = 0;
    const abortAt = (n: number): AbortSignal => {
      asked = 0;
      const { signal } = new AbortController();
      return new Proxy(signal, { get: (target, key) => (key === "aborted" ? asked++ >= n : Reflect.get(target, key)) });
    };
    const remove = (): void => fs.rmSync(work.path("stopped"), { recursive: true, force: true });
    expect((await run("stopped", learnt, abortAt(Infinity))).code).toBe(0);
    const total = asked;
    expect(total).toBeGreaterThan(100);
    for (const n of [0, 6, 40, ...[1, 3, 6, 8, 11].map((left) => total - left)]) {
      remove();
      const { code, stderr } = await run("stopped", learnt, abortAt(n));
      expect(code, stderr).toBe(130);
      expect(stderr).toContain("run the same command again");
      expect(fs.existsSync(work.path("stopped", "manifest.json"))).toBe(false); // nothing to train on yet
      const resumed = await run("stopped", learnt);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(contents("stopped")).toEqual(expected);
    }
  });
});

describe("with codes and vocabulary given", () => {
  const given = ["--codes", work.path("whole", "codes"), "--vocab", work.path("whole", "vocab")];
  const a = work.write("a.txt", articles("en", 20));
  const b = work.write("b.txt", articles("es", 20));
  const args = [...given, "--text", `en=${a}`, `es=${b}`, "--shard-tokens", "300"];
  beforeAll(async () => {
    expect(await made("given", args)).toEqual(["codes", "vocabulary", "train.en", "train.es"]);
  });

  it("keeps no tokenised text", () => {
    expect(fs.readdirSync(work.path("given", "work"))).toEqual([]);
  });

  it("does again what is new in it alone, not what was merely touched", async () => {
    fs.utimesSync(b, new Date(), new Date());
    expect(await made("given", args)).toEqual([]);
    fs.appendFileSync(b, "Una línea más.\n");
    expect(await made("given", args)).toEqual(["train.es"]);
    await made("given-fresh", args);
    expect(contents("given")).toEqual(contents("given-fresh"));
  });

  it("makes missing and damaged shards again; those of the right size only with --verify", async () => {
    const whole = contents("given");
    fs.rmSync(work.path("given", "train.en.001.safetensors"));
    fs.truncateSync(work.path("given", "train.es.000.safetensors"), 100);
    const ran = await run("given", args);
    expect(ran.stderr).toContain("train.en: train.en.001.safetensors is missing or damaged");
    expect(contents("given")).toEqual(whole);
    const file = work.path("given", "train.en.002.safetensors");
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(file, bytes);
    expect(await made("given", args)).toEqual([]);
    expect(await made("given", [...args, "--verify"])).toEqual(["train.en"]);
    expect(contents("given")).toEqual(whole);
  });

  it("removes what no text has any more, and leaves other people's files alone", async () => {
    fs.cpSync(work.path("given"), work.path("fewer"), { recursive: true });
    work.write("fewer/notes.txt", "mine");
    work.write("fewer/train.es.099.safetensors.4711.tmp", "left by a killed process");
    const { stderr } = await run("fewer", [...given, "--text", `en=${a}`, "--shard-tokens", "300"]);
    expect(stderr).toContain("removed ");
    const names = Object.keys(contents("fewer"));
    expect(names.filter((name) => name.startsWith("train.es"))).toEqual([]);
    expect(names).toContain("notes.txt");
    expect(fs.readFileSync(work.path("fewer", "manifest.json"), "utf8")).not.toContain("train.es");
  });

  it("limits the vocabulary", async () => {
    await made("limited", [...args, "--max-vocab", "60"]);
    const { dictionary, mono } = readDataFolder(work.path("limited"));
    expect(dictionary.size).toBe(60);
    expect(Math.max(...mono[0]!.corpus.ids.subarray(0, 100))).toBeLessThan(60);
  });

  it("splits subwords further that the vocabulary lacks, when asked", async () => {
    const unknown = async (out: string, ...more: string[]): Promise<number> => {
      const { stdout } = await run(out, [...args, "--min-count", "20", "--json", ...more]);
      return (JSON.parse(stdout) as { texts: { unknown: number }[] }).texts[0]!.unknown;
    };
    const [joined, split] = [await unknown("cut"), await unknown("cut-split", "--split-unknown")];
    expect(joined).toBeGreaterThan(0);
    expect(split).toBeLessThan(joined);
  });

  it("leaves word of it, and of the Moses scripts, to whoever trains and reads text", async () => {
    const file = work.write("quoted.txt", articles("en", 20).replaceAll(/everyone/gi, "‘Everyone’"));
    const rules = ["--tokenize", "moses", "--moses", "2019", "--min-count", "20", "--split-unknown"];
    await made("ruled", [...given, "--text", `en=${file}`, ...rules]);
    const train = ["train", "--data", work.path("ruled"), "--out", work.path("ruled-run"), "--steps", "1"];
    const ran = await xlm([...train, ...TINY.slice(2), "--max-len", "512"]);
    expect(ran.code, ran.stderr).toBe(0);
    await startBackend("cpu");
    const { model, read } = openRun(work.path("ruled-run"));
    const { ids } = read({ lang: "en", file, lines: fs.readFileSync(file, "utf8").trimEnd().split("\n") });
    model.dispose();
    const stored = readDataFolder(work.path("ruled")).mono[0]!.corpus.ids;
    expect(ids.subarray(0, ids.length)).toEqual(stored.subarray(0, stored.length));
    // The rules do make a difference to this text.
    for (const [i, other] of [["--moses", "2025"], ["--tokenize", "simple"], []].entries()) {
      const args = [...rules.slice(0, other.length > 0 ? rules.length : -1), ...other];
      await made(`ruled-${i}`, [...given, "--text", `en=${file}`, ...args]);
      const { ids: others } = readDataFolder(work.path(`ruled-${i}`)).mono[0]!.corpus;
      expect(others.subarray(0, others.length)).not.toEqual(stored.subarray(0, stored.length));
    }
  });

  it("keeps finished shards when the disk is full, and goes on", async () => {
    const write = fs.writeSync.bind(fs);
    let left = 14;
    const spy = vi.spyOn(fs, "writeSync").mockImplementation((...parameters: Parameters<typeof fs.writeSync>) => {
      if (left-- === 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      return write(...parameters);
    });
    const full = await run("full", args);
    spy.mockRestore();
    expect(full.code).toBe(2);
    expect(full.stderr).toContain("ENOSPC");
    const kept = Object.keys(contents("full")).filter((name) => name.endsWith(".safetensors"));
    expect(kept.length).toBeGreaterThan(0);
    expect((await run("full", args)).stderr).toMatch(/interrupted/);
    expect(contents("full")).toEqual(contents("given"));
  });
});

describe("refuses, and writes nothing", () => {
  const codes = work.path("whole", "codes");
  const vocab = work.path("whole", "vocab");
  it.each<[string, () => string[], RegExp]>([
    ["no text", () => [], /there is neither --text nor --pair/],
    ["a missing file", () => ["--text", `en=${work.path("absent")}`], /absent: there is no such file/],
    ["a folder", () => ["--text", `en=${work.path()}`], /it is not a regular file/],
    ["a text without its language", () => ["--text", en], /no language is given/],
    ["a language twice", () => ["--text", `en=${en}`, `en=${fr}`], /language en is given twice/],
    ["a pair twice", () => ["--pair", `en=${en},fr=${fr}`, `fr=${fr},en=${en}`], /the pair en-fr is given twice/],
    ["an empty text", () => ["--text", `en=${work.write("empty", "")}`], /empty: the file is empty/],
    [
      "bad UTF-8 in the last file",
      () => ["--text", `en=${en}`, `fr=${work.write("bad", Buffer.from("a\n\xe9\n", "latin1"))}`],
      /bad, line 2: .*not valid UTF-8/,
    ],
    [
      "a misaligned pair",
      () => ["--pair", `en=${en},fr=${work.write("short", articles("fr", 29))}`],
      /text\.en has 30 lines and .*short has 29/,
    ],
    ["a vocabulary without codes", () => ["--text", `en=${en}`, "--vocab", vocab], /--vocab is given without --codes/],
    ["nothing to learn on", () => ["--valid", `en=${en}`], /there is no text to train on, and no --codes and --vocab/],
    [
      "nothing to count on",
      () => ["--valid", `en=${en}`, "--codes", codes],
      /there is no text to train on, and no --vocab/,
    ],
    [
      "another's vocabulary",
      () => ["--text", `en=${en}`, "--codes", codes, "--vocab", work.write("v", "zebra@@ 3\nquagga 2\n")],
      /does not belong to/,
    ],
    [
      "text of another script",
      () => [
        "--text",
        `hi=${work.write("hi", articles("hi", 5).replace(/[^\u0900-\u097f\s]/g, ""))}`,
        "--codes",
        codes,
        "--vocab",
        vocab,
      ],
      /none of its \d+ subwords is in the vocabulary/,
    ],
    ["an unknown tokenizer", () => ["--text", `en=${en}`, "--tokenize", "mecab"], /--tokenize/],
  ])("%s", async (name, args, message) => {
    const { code, stdout, stderr } = await run("never", args());
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    // Whether a text is of this vocabulary shows when it is read; it leaves no folder to train on.
    if (name.startsWith("text of")) expect(fs.existsSync(work.path("never", "manifest.json"))).toBe(false);
    else expect(fs.existsSync(work.path("never"))).toBe(false);
    fs.rmSync(work.path("never"), { recursive: true, force: true });
  });

  it("a folder that is not its own, or whose record is damaged", async () => {
    const args = ["--text", `en=${en}`, "--merges", "20"];
    fs.mkdirSync(work.path("foreign"));
    work.write("foreign/thesis.doc", "years of work");
    expect((await run("foreign", args)).stderr).toMatch(
      /foreign: it is there already, and was not made by xlm preprocess/,
    );
    expect(fs.readdirSync(work.path("foreign"))).toEqual(["thesis.doc"]);
    expect((await run("binarized", args)).stderr).toMatch(/was not made by xlm preprocess/);
    fs.cpSync(work.path("given"), work.path("torn"), { recursive: true });
    fs.truncateSync(work.path("torn", "preprocess.json"), 100);
    expect((await run("torn", args)).stderr).toMatch(/preprocess\.json: it does not say what the folder holds/);
  });

  it("bad UTF-8 unless it is to be replaced", async () => {
    const bad = work.write("bad", Buffer.concat([Buffer.from(articles("en", 5)), Buffer.from([0xe9, 0, 10])]));
    expect(await made("replaced", ["--text", `en=${bad}`, "--merges", "20", "--invalid-utf8", "replace"])).toContain(
      "codes",
    );
    expect(fs.readFileSync(work.path("replaced", "work", "words.en.0.txt"), "utf8")).toMatch(/\ufffd ?\ufffd\n$/);
  });
});
