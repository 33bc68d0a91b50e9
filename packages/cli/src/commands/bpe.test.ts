import fs from "node:fs";
import { gzipSync } from "node:zlib";
import { createRng } from "@xlm/core";
import { countWords, createBpe, formatCodes, learnBpe } from "@xlm/bpe";
import { afterAll, describe, expect, it } from "vitest";
import { articles, workFolder, xlm } from "../../test/io.js";
import { learnCodes } from "../prepare.js";
import { createProgress } from "../progress.js";

const work = workFolder();
afterAll(() => work.remove());

const en = articles("en", 20);
const es = articles("es", 12);
const files = { en: work.write("text.en", en), es: work.write("text.es", es) };
const lines = (text: string): string[] => text.split("\n").slice(0, -1);

describe("xlm bpe learn", () => {
  it("learns on the mixture that quickstart learns on, from text that it never holds", async () => {
    const texts = [
      { lang: "en", lines: lines(en) },
      { lang: "es", lines: lines(es) },
    ];
    const progress = createProgress({ write: () => undefined }, { style: "none" });
    const expected = learnCodes(texts, createRng(7), { nMerges: 50, alpha: 0.3, progress });
    const flags = ["--merges", "50", "--alpha", "0.3", "--seed", "7"];
    const { stdout, code } = await xlm(["bpe", "learn", "--text", `en=${files.en}`, `es=${files.es}`, ...flags]);
    expect(code).toBe(0);
    expect(stdout).toBe(new TextDecoder().decode(expected));
  });

  it("--compat fastbpe learns on the texts as they are", async () => {
    const words = countWords([en, es], { lastWord: "drop" });
    const expected = formatCodes(learnBpe(words, 30, { compat: "fastbpe" }));
    const args = ["bpe", "learn", "--text", files.en, files.es, "--merges", "30", "--compat", "fastbpe"];
    expect((await xlm(args)).stdout).toBe(new TextDecoder().decode(expected));
    const refused = await xlm([...args, "--tokenize", "simple"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/--compat fastbpe is given with/) });
  });
});

describe("xlm bpe apply", () => {
  const learned = learnBpe(countWords(en), 60);
  const codes = work.write("codes", formatCodes(learned));
  const apply = (...args: string[]) => xlm(["bpe", "apply", "--codes", codes, ...args]);
  const bpe = createBpe(learned);

  it("splits texts one after the other, to stdout or into a file", async () => {
    const expected = bpe.applyText(en + es);
    expect((await apply("--text", files.en, files.es)).stdout).toBe(expected);
    const out = work.path("new", "split");
    const written = await apply("--text", files.en, files.es, "--out", out, "--threads", "2", "--json");
    expect(JSON.parse(written.stdout)).toEqual({ lines: lines(en + es).length, file: out });
    expect(fs.readFileSync(out, "utf8")).toBe(expected);
    expect(fs.readdirSync(work.path("new"))).toEqual(["split"]);
  });

  it("reads packed text, line ends of every kind and a byte order mark", async () => {
    const packed = work.write("packed.en.gz", gzipSync(en));
    expect((await apply("--text", packed)).stdout).toBe(bpe.applyText(en));
    expect((await apply("--text", work.path("packed.en"))).stdout).toBe(bpe.applyText(en));
    const dos = work.write("dos.en", `\ufeff${en.replaceAll("\n", "\r\n").slice(0, -2)}`);
    expect((await apply("--text", dos)).stdout).toBe(bpe.applyText(en));
    const json = JSON.parse((await apply("--text", dos, "--json")).stdout) as unknown;
    expect(json).toEqual({ lines: lines(en).length, content: bpe.applyText(en) });
  });

  it("refuses bytes that are not UTF-8 with their line, and leaves no file", async () => {
    const latin1 = work.write("latin1", Buffer.from("one\ntwo\r\ncaf\xe9\n", "latin1"));
    const refused = await apply("--text", files.en, latin1, "--out", work.path("never"));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/latin1, line 3: the line is not valid UTF-8/);
    expect(fs.readdirSync(work.path()).filter((name) => name.startsWith("never"))).toEqual([]);
  });

  it("--compat fastbpe takes bytes as they are", async () => {
    const odd = work.write("odd", Buffer.from("low\r\n\xe9  lower\nlast", "latin1"));
    const out = work.path("odd.split");
    await apply("--text", odd, "--compat", "fastbpe", "--out", out);
    const expected = bpe.applyText(fs.readFileSync(odd), { lastWord: "drop" });
    expect(fs.readFileSync(out)).toEqual(Buffer.from(expected));
  });

  it("stops when it is told to, and leaves no file", async () => {
    const out = work.path("stopped");
    const ran = await xlm(["bpe", "apply", "--codes", codes, "--text", files.en, "--out", out], AbortSignal.abort());
    expect(ran).toMatchObject({ code: 130, stderr: "stopped as asked; nothing was written\n" });
    expect(fs.readdirSync(work.path()).filter((name) => name.startsWith("stopped"))).toEqual([]);
  });
});

describe("xlm bpe vocab", () => {
  it("counts the same with one thread and with two, and on carriage returns", async () => {
    const dos = work.write("dos.es", es.replaceAll("\n", "\r\n"));
    const one = await xlm(["bpe", "vocab", "--text", files.en, files.es]);
    expect(one.stdout).toMatch(/^\S+ \d+\n/);
    expect((await xlm(["bpe", "vocab", "--text", files.en, files.es, "--threads", "2"])).stdout).toBe(one.stdout);
    expect((await xlm(["bpe", "vocab", "--text", files.en, dos, "--threads", "2"])).stdout).toBe(one.stdout);
    expect((await xlm(["bpe", "vocab", "--text", dos, "--compat", "fastbpe"])).stdout).toContain("\r");
  });
});
