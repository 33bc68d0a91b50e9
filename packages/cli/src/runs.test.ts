import fs from "node:fs";
import { decodeSafetensors } from "@xlm/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMetrics, type StepLine } from "./metrics-file.js";
import { articles, TINY, workFolder, xlm } from "../test/io.js";

const work = workFolder();
afterAll(() => work.remove());

const LANGS = ["en", "es", "de"];
const texts = LANGS.map((lang) => work.write(`text.${lang}`, articles(lang, 24)));
const quickstart = [
  "quickstart",
  "--langs",
  LANGS.join(),
  "--text",
  ...texts,
  "--parallel",
  ...TINY,
  "--held-out",
  "4",
];

const weights = (run: string, step: number): Uint8Array =>
  fs.readFileSync(work.path(run, "checkpoint", `step-${String(step).padStart(8, "0")}`, "model.safetensors"));
/** What a run did, without how long it took. */
const history = (run: string): unknown[] =>
  readMetrics(work.path(run, "metrics.jsonl")).map((line) => ({ ...line, seconds: 0, tokensPerSecond: 0 }));

describe("quickstart", () => {
  beforeAll(async () => {
    const ran = await xlm([...quickstart, "--steps", "6", "--out", work.path("whole"), "--json"]);
    expect(ran.code, ran.stderr).toBe(0);
    const result = JSON.parse(ran.stdout) as { after: { langs: unknown[]; retrieval: unknown[] } };
    expect([result.after.langs.length, result.after.retrieval.length]).toEqual([3, 6]);
  });

  it("leaves a complete run folder", () => {
    expect(fs.readdirSync(work.path("whole")).sort()).toEqual([
      "checkpoint",
      "codes",
      "data",
      "manifest.json",
      "metrics.jsonl",
      "report.html",
      "run.json",
      "vocab",
    ]);
    const manifest = JSON.parse(fs.readFileSync(work.path("whole", "manifest.json"), "utf8")) as Record<
      string,
      unknown
    >;
    expect(Object.keys(manifest)).toEqual(["format", "version", "codes", "vocab", "data", "model"]);
    expect(JSON.stringify(manifest["model"])).toMatch(/"model\.safetensors","sha256":"[0-9a-f]{64}"/);
    const report = fs.readFileSync(work.path("whole", "report.html"), "utf8");
    for (const text of ["hidden, of the chosen", "MLM en", "TLM en-es", "Nearest words: en to de"])
      expect(report).toContain(text);
  });

  it("takes MLM and TLM in turns and writes down every step", () => {
    const steps = readMetrics(work.path("whole", "metrics.jsonl")).filter(
      (line): line is StepLine => line.kind === "step",
    );
    expect(steps.map(({ step, objective }) => `${step} ${objective}`)).toEqual([
      "1 mlm",
      "2 tlm",
      "3 mlm",
      "4 tlm",
      "5 mlm",
      "6 tlm",
    ]);
    expect(
      steps.every(({ masking }) => masking && masking.chosen === masking.masked + masking.kept + masking.random),
    ).toBe(true);
  });

  it("is the same run again with the same seed, and another with another", async () => {
    await xlm([...quickstart, "--steps", "6", "--out", work.path("again")]);
    expect(weights("again", 6)).toEqual(weights("whole", 6));
    expect(history("again")).toEqual(history("whole"));
    await xlm([...quickstart, "--steps", "6", "--out", work.path("other"), "--seed", "2"]);
    expect(weights("other", 6)).not.toEqual(weights("whole", 6));
  });

  it("saves when interrupted, says how to go on, and then ends as if it had never stopped", async () => {
    const controller = new AbortController();
    const out = work.path("stopped");
    let steps = 0;
    // Interrupts at the third step: the metrics file is not on disk yet, so the progress of the clock decides nothing.
    const signal = new Proxy(controller.signal, {
      get: (target, key) => (key === "aborted" ? steps++ >= 3 : Reflect.get(target, key, target)),
    });
    const stopped = await xlm([...quickstart, "--steps", "6", "--out", out], signal);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`To go on: xlm train --out ${out} --resume`);
    expect(fs.existsSync(work.path("stopped", "report.html"))).toBe(false);
    const resumed = await xlm(["train", "--out", out, "--resume"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(weights("stopped", 6)).toEqual(weights("whole", 6));
    expect(history("stopped")).toEqual(history("whole"));
    expect(fs.existsSync(work.path("stopped", "report.html"))).toBe(true);
  });

  it("without --parallel learns MLM alone and says so", async () => {
    const args = quickstart.filter((flag) => flag !== "--parallel");
    const ran = await xlm([...args, "--steps", "2", "--out", work.path("mono")]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).toContain("No parallel text");
    expect(ran.stdout).not.toContain("translation is the nearest");
    expect(fs.readFileSync(work.path("mono", "report.html"), "utf8")).toContain("Retrieval was left out");
  });

  it("stops a diverging run with exit code 3, its last checkpoint kept", async () => {
    const ran = await xlm([
      ...quickstart,
      "--steps",
      "30",
      "--out",
      work.path("wild"),
      "--optimizer",
      "sgd,lr=1e30",
      "--clip",
      "0",
    ]);
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/not a finite number/);
    expect(fs.readdirSync(work.path("wild", "checkpoint"))).toEqual(["step-00000000"]);
  });

  describe("its model", () => {
    const run = ["--run", work.path("whole"), "--backend", "cpu"];

    it("is scored on the held-out text by evaluate, with the very same numbers", async () => {
      const { code, stdout } = await xlm(["evaluate", ...run, "--json"]);
      expect(code).toBe(0);
      const { langs, retrieval } = JSON.parse(stdout) as { langs: unknown; retrieval: unknown };
      const last = readMetrics(work.path("whole", "metrics.jsonl")).at(-1);
      expect(last).toMatchObject({ kind: "scores", langs, retrieval });
    });

    it("is scored on other text", async () => {
      const { code, stdout } = await xlm([
        "evaluate",
        ...run,
        "--text",
        `en=${texts[0]}`,
        "--pair",
        `es=${texts[1]},de=${texts[2]}`,
        "--truncate",
      ]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/en {2}perplexity of hidden words +\d+/);
      expect(stdout).toMatch(/de to es {2}translation is the nearest +[\d.]+ % +4\.2 % +24 sentences/); // 1 / 24
    });

    it("embeds a text as JSON lines and as safetensors", async () => {
      const lines = await xlm(["embed", ...run, "--truncate", "--text", texts[0]!, "--lang", "en"]);
      const vectors = lines.stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { vector: number[] }).vector);
      expect([vectors.length, vectors[0]!.length]).toEqual([24, 8]);
      const out = work.path("vectors.safetensors");
      expect((await xlm(["embed", ...run, "--truncate", "--text", texts[0]!, "--lang", "en", "--out", out])).code).toBe(
        0,
      );
      const { tensors, metadata } = decodeSafetensors(fs.readFileSync(out));
      expect(Array.from(tensors["vectors"]!.data as Float32Array)).toEqual(vectors.flat());
      expect(metadata).toMatchObject({ lang: "en", step: "6" });
    });
  });
});

describe("step by step", () => {
  it("bpe, binarize and train do what quickstart does in one go", async () => {
    const files = { codes: work.path("codes"), vocab: work.path("vocab"), data: work.path("data") };
    const [en, es] = texts as [string, string];
    const learned = await xlm([
      "bpe",
      "learn",
      "--text",
      `en=${en}`,
      `es=${es}`,
      "--merges",
      "80",
      "--tokenize",
      "simple",
      "--out",
      files.codes,
    ]);
    expect(learned.code, learned.stderr).toBe(0);
    const split = await xlm(["bpe", "apply", "--codes", files.codes, "--text", en, es, "--tokenize", "simple"]);
    expect(split.stdout.split("\n")[1]).toMatch(/^all h/); // "All human beings ..."
    const splitFile = work.write("split", split.stdout);
    expect((await xlm(["bpe", "vocab", "--text", splitFile, "--out", files.vocab])).code).toBe(0);

    const binarize = [
      "binarize",
      "--codes",
      files.codes,
      "--vocab",
      files.vocab,
      "--tokenize",
      "simple",
      "--out",
      files.data,
    ];
    const made = await xlm([...binarize, "--text", `en=${en}`, `es=${es}`, "--pair", `en=${en},es=${es}`, "--json"]);
    expect(JSON.parse(made.stdout)).toMatchObject({ texts: [{ lang: "en", sentences: 24, unknown: 0 }, {}, {}, {}] });
    expect((await xlm([...binarize, "--split", "valid", "--text", `en=${en}`])).code).toBe(0);

    const train = ["train", "--data", files.data, "--out", work.path("trained"), "--steps", "3", ...TINY.slice(2)];
    const trained = await xlm([...train, "--objectives", "mlm,tlm,clm,pc"]);
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stdout).toMatch(/en {2}perplexity/);
  });

  it("writes codes and vocabulary to stdout when no file is named", async () => {
    const codes = await xlm(["bpe", "learn", "--text", texts[0]!, "--merges", "3"]);
    expect(codes.stdout.trim().split("\n")).toHaveLength(3);
    const counts = await xlm(["bpe", "vocab", "--text", texts[0]!]);
    expect(counts.stdout.split("\n")[0]).toMatch(/^\S+ \d+$/);
    const json = await xlm(["bpe", "vocab", "--text", texts[0]!, "--json"]);
    expect(JSON.parse(json.stdout)).toHaveProperty("content");
  });
});
