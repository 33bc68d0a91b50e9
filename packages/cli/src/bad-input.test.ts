import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { articles, TINY, workFolder, xlm } from "../test/io.js";

const work = workFolder();
afterAll(() => work.remove());

const en = work.write("ok.en", articles("en", 24));
const es = work.write("ok.es", articles("es", 24));

/** Runs a command that must refuse its input, and returns what it says. */
async function refused(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await xlm(args);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: "" });
  return stderr.replaceAll(work.path(), "DIR");
}

const quickstart = (texts: readonly string[], ...more: string[]): Promise<string> =>
  refused([
    "quickstart",
    "--langs",
    "en,es",
    "--text",
    ...texts,
    "--steps",
    "2",
    ...TINY,
    "--out",
    work.path("never"),
    ...more,
  ]);

describe("text that cannot be used", () => {
  afterAll(() => expect(fs.existsSync(work.path("never"))).toBe(false)); // refused before anything is written

  it.each<[string, string | Uint8Array, RegExp]>([
    ["an empty file", "", /bad\.es: the file is empty/],
    ["blank lines alone", "\n \n", /bad\.es: none of its 2 lines has a word/],
    [
      "a byte that is not UTF-8",
      Buffer.concat([Buffer.from("uno\ndos "), Buffer.from([0xe9, 10])]),
      /bad\.es, line 2: .*not valid UTF-8/,
    ],
    ["UTF-16", Buffer.from("\ufeffhola\n", "utf16le"), /bad\.es: .*UTF-16/],
    [
      "a line of 10 MB",
      `uno\n${"x".repeat(10_000_000)}\n`,
      /bad\.es, line 2: the line has 10000000 bytes and the limit is 1000000/,
    ],
    ["a file cut short by a line", articles("es", 23), /ok\.en has 24 lines and DIR\/bad\.es has 23/],
  ])("%s", async (_, content, message) => {
    const bad = work.write("bad.es", content);
    expect(await quickstart([en, bad], "--parallel")).toMatch(message);
  });

  it("a file that is not there, and a language without a file", async () => {
    expect(await quickstart([en, work.path("absent.es")])).toMatch(/absent\.es: there is no such file/);
    expect(await quickstart([en])).toMatch(
      /2 languages are named \(en, es\) and 1 files given\n {2}why: .*es has no text/,
    );
    expect(await refused(["quickstart", "--langs", "en,fr", "--out", work.path("never")])).toMatch(
      /there is no text in fr\n.*\n {2}fix: name your own files: --langs en,fr --text en\.txt fr\.txt/,
    );
  });

  it("too few lines to hold some out", async () => {
    expect(await quickstart([en, es], "--held-out", "13")).toMatch(/ok\.en: it has 24 lines and 13 are to be held out/);
  });

  it("reads CRLF as line ends", async () => {
    const crlf = work.write("crlf.es", articles("es", 24).replaceAll("\n", "\r\n"));
    const out = work.path("crlf");
    const args = [
      "quickstart",
      "--langs",
      "en,es",
      "--text",
      en,
      crlf,
      "--parallel",
      "--steps",
      "1",
      ...TINY,
      "--out",
      out,
    ];
    expect((await xlm(args)).code).toBe(0);
    expect(fs.readFileSync(work.path("crlf", "vocab"), "utf8")).not.toContain("\r");
  });
});

describe("numbers that cannot be", () => {
  afterAll(() => expect(fs.existsSync(work.path("never"))).toBe(false));

  it.each<[string[], RegExp]>([
    [["--alpha", "0"], /alpha is 0/],
    [["--alpha=-1"], /alpha is -1/],
    [["--bpe-alpha", "0"], /alpha is 0/],
    [["--mask-keep-rand", "0.8,0.1,0.2"], /0\.8, 0\.1, 0\.2, which adds up to 1\.1/],
    [["--mask-keep-rand", "0.9,0.1"], /maskKeepRand/],
    [["--predict-prob", "1.5"], /predictProb is 1\.5/],
    [["--seq", "257"], /seqLen is 257\n.*from 2 to 256/],
    [["--heads", "3"], /embDim is 8 and nHeads is 3/],
    [["--dropout", "1"], /dropout is 1/],
    [["--backend", "gpu"], /there is no backend "gpu"\n.*\n {2}fix: use one of auto, cuda, wasm, tfjs-wasm, tfjs-cpu/],
    [["--optimizer", "adam,lr"], /"lr" is not name=number/],
    [["--lr=-1"], /lr/],
    [["--clip=-1"], /--clip is -1/],
    [["--objectives", "mlm,xlm"], /there is no objective "xlm"/],
    [["--objectives", "mlm,tlm"], /tlm has no data/],
    [["--steps", "0"], /--steps/],
    [["--steps", "many"], /--steps/],
    [["--alpha", "half"], /--alpha/],
    [["--tokenize", "mecab"], /--tokenize/],
    [["--no-such-flag"], /unknown option/],
  ])("%j", async (flags, message) => {
    expect(await quickstart([en, es], ...flags)).toMatch(message);
  });

  it("takes shares that add up within rounding", async () => {
    const args = [
      "quickstart",
      "--langs",
      "en,es",
      "--text",
      en,
      es,
      "--steps",
      "1",
      ...TINY,
      "--mask-keep-rand",
      "0.7,0.2,0.1",
    ];
    expect((await xlm([...args, "--out", work.path("shares")])).code).toBe(0);
  });
});

describe("files that do not belong together", () => {
  const files = {
    codes: work.path("codes"),
    vocab: work.path("vocab"),
    data: work.path("data"),
    run: work.path("run"),
  };
  const binarize = (...more: string[]): string[] => [
    "binarize",
    "--codes",
    files.codes,
    "--vocab",
    files.vocab,
    ...more,
  ];
  const train = ["train", "--data", files.data, "--steps", "2", ...TINY.filter((_, i) => i > 1)];

  beforeAll(async () => {
    const split = work.path("split");
    await xlm(["bpe", "learn", "--text", en, es, "--merges", "60", "--out", files.codes]);
    await xlm(["bpe", "apply", "--codes", files.codes, "--text", en, es, "--out", split]);
    await xlm(["bpe", "vocab", "--text", split, "--out", files.vocab]);
    const made = await xlm(
      binarize("--text", `en=${en}`, `es=${es}`, "--pair", `en=${en},es=${es}`, "--out", files.data),
    );
    expect(made.code, made.stderr).toBe(0);
    const trained = await xlm([...train, "--out", files.run]);
    expect(trained.code, trained.stderr).toBe(0);
  });

  it("a vocabulary of other codes", async () => {
    const other = work.write("other.vocab", ["zebra 9", "yacht 5", "xylophone 2"].join("\n"));
    const text = await refused([
      "binarize",
      "--codes",
      files.codes,
      "--vocab",
      other,
      "--text",
      `en=${en}`,
      "--out",
      work.path("x"),
    ]);
    expect(text).toMatch(/other\.vocab does not belong to DIR\/codes/);
    expect(await refused(["bpe", "apply", "--codes", files.codes, "--vocab", other, "--text", en])).toMatch(
      /does not belong to/,
    );
  });

  it("codes or a vocabulary that are none", async () => {
    const noCodes = work.write("no.codes", "a b\n");
    const noVocab = work.write("no.vocab", "a 1 2\n");
    expect(await refused(["bpe", "apply", "--codes", noCodes, "--text", en])).toMatch(
      /no\.codes, line 1: the line is "a b"/,
    );
    expect(
      await refused(["binarize", "--codes", files.codes, "--vocab", noVocab, "--text", `en=${en}`, "--out", "x"]),
    ).toMatch(/no\.vocab, line 1/);
  });

  it("nothing to binarise, half a pair, sides of different length", async () => {
    const short = work.write("short.es", articles("es", 20));
    const out = ["--out", work.path("x")];
    expect(await refused(binarize(...out))).toMatch(/neither --text nor --pair/);
    expect(await refused(binarize("--pair", `en=${en}`, ...out))).toMatch(/--pair is en=/);
    expect(await refused(binarize("--pair", `en=${en},es=${short}`, ...out))).toMatch(
      /ok\.en has 24 lines and DIR\/short\.es has 20/,
    );
    expect(fs.existsSync(work.path("x"))).toBe(false);
  });

  it("text in a script the vocabulary does not know", async () => {
    const hindi = work.write("text.hi", articles("hi", 5).replace(/[^\u0900-\u097f\s]/g, ""));
    expect(await refused(binarize("--text", `hi=${hindi}`, "--out", work.path("x")))).toMatch(
      /text\.hi: none of its \d+ subwords is in the vocabulary/,
    );
  });

  it("writing over what is there: data, codes, a run", async () => {
    expect(await refused(binarize("--text", `en=${en}`, "--out", files.data))).toMatch(
      /train\.en\.safetensors: it is there already/,
    );
    expect(await refused(["bpe", "learn", "--text", en, "--out", files.codes])).toMatch(/codes: it is there already/);
    expect(await refused([...train, "--out", files.run])).toMatch(/run: it is there already\n.*\n {2}fix: .*--resume/);
  });

  it("a data folder that was altered, or is none", async () => {
    const copy = work.path("altered");
    fs.cpSync(files.data, copy, { recursive: true });
    fs.appendFileSync(work.path("altered", "vocab"), "zebra 1\n");
    expect(await refused(["train", "--data", copy, "--out", work.path("y")])).toMatch(/altered\/vocab: its SHA-256 is/);
    expect(await refused(["train", "--data", work.path(), "--out", work.path("y")])).toMatch(
      /it is not a folder of binarised text/,
    );
    expect(await refused(["train", "--out", work.path("y")])).toMatch(/there is no --data/);
    expect(await refused(["train", "--data", files.data, files.data, "--out", work.path("y")])).toMatch(
      /two folders hold train text in en/,
    );
    expect(fs.existsSync(work.path("y"))).toBe(false);
  });

  it("a run whose vocabulary or checkpoint is another's, or that is none", async () => {
    const copy = work.path("altered-run");
    fs.cpSync(files.run, copy, { recursive: true });
    const evaluate = ["evaluate", "--run", copy, "--text", `en=${en}`, "--backend", "cpu"];
    fs.appendFileSync(work.path("altered-run", "vocab"), "zebra 1\n");
    expect(await refused(evaluate)).toMatch(/altered-run\/vocab: its SHA-256/);
    const manifest = JSON.parse(fs.readFileSync(work.path("altered-run", "manifest.json"), "utf8")) as {
      vocab: { sha256: string };
    };
    const { createHash } = await import("node:crypto");
    manifest.vocab.sha256 = createHash("sha256")
      .update(fs.readFileSync(work.path("altered-run", "vocab")))
      .digest("hex");
    work.write("altered-run/manifest.json", JSON.stringify(manifest));
    expect(await refused(evaluate)).toMatch(/the vocabulary has \d+ words and the checkpoint \d+ embeddings/);
    expect(await refused(["evaluate", "--run", work.path("nowhere")])).toMatch(/nowhere: there is no such folder/);
  });

  it("a language the model does not know, and lines past its positions", async () => {
    const long = work.write("long.en", `short line\n${"human rights ".repeat(300)}\n`);
    const embed = ["embed", "--run", files.run, "--backend", "cpu", "--text"];
    expect(await refused([...embed, en, "--lang", "fr"])).toMatch(/the model does not know "fr"\n.*en, es/);
    expect(await refused([...embed, long, "--lang", "en"])).toMatch(
      /long\.en, line 2: the line has \d+ subwords, .* and the model knows 256/,
    );
    expect((await xlm([...embed, long, "--lang", "en", "--truncate"])).code).toBe(0);
    expect(await refused([...embed, en, "--lang", "en", "--out", work.path("v.csv")])).toMatch(/v\.csv/);
  });

  it("resuming as another run", async () => {
    expect(await refused(["train", "--out", files.run, "--resume", "--lr", "0.1"])).toMatch(
      /--resume is given together with --lr/,
    );
    expect(await refused(["train", "--out", work.path("nowhere"), "--resume"])).toMatch(
      /nowhere: there is no such folder/,
    );
    const copy = work.path("broken-run");
    fs.cpSync(files.run, copy, { recursive: true });
    work.write("broken-run/run.json", "{}");
    expect(await refused(["train", "--out", copy, "--resume"])).toMatch(/run\.json: at format/);
  });
});

it("help goes to stdout and is no error; a wrong command is", async () => {
  const help = await xlm(["--help"]);
  expect(help.code).toBe(0);
  for (const name of ["quickstart", "preprocess", "bpe", "binarize", "train", "evaluate", "embed", "130 interrupted"])
    expect(help.stdout).toContain(name);
  expect((await xlm(["trian"])).code).toBe(2);
  expect((await xlm([])).code).toBe(2);
});

it("--json gives errors as JSON too, --debug the stack", async () => {
  const args = ["bpe", "vocab", "--text", work.path("absent")];
  const { code, stdout } = await xlm([...args, "--json"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "XLM_DATA", at: { file: work.path("absent") } } });
  expect((await xlm([...args, "--debug"])).stderr).toContain("    at ");
});
