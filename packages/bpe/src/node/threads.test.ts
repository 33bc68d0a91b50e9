import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { createRng, drawInt } from "@xlm/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBpe, learnBpe } from "../index.js";
import { applyFile, applyStream, countFiles } from "./index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bpe-threads-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const at = (name: string): string => path.join(dir, name);

/** Some megabytes of words, with spaces that come in runs and no separator at the end. */
function madeUp(size: number, seed: number): Buffer {
  const rng = createRng(seed);
  const separators = [" ", " ", " ", "\n", "  ", " \n", "\n\n"];
  const parts: string[] = [];
  for (let bytes = 0; bytes < size;) {
    const word =
      (1 + drawInt(rng, 40) * drawInt(rng, 2000)).toString(5).replaceAll("3", "é") + separators[drawInt(rng, 7)];
    parts.push(word);
    bytes += word.length;
  }
  return Buffer.from(`${parts.join("")}last`);
}

const files = [at("one"), at("two")] as const;
beforeAll(() => {
  fs.writeFileSync(files[0], madeUp(5_000_000, 1));
  fs.writeFileSync(files[1], madeUp(2_500_000, 2));
});

describe("threads", () => {
  it.each(["wasm", "js"] as const)("count the same words in the same order: %s", async (engine) => {
    const [one, three] = [
      await countFiles(files, { engine, lastWord: "drop" }),
      await countFiles(files, { engine, lastWord: "drop", threads: 3 }),
    ];
    expect(Buffer.from(three.dump()).equals(one.dump())).toBe(true);
  });

  it.each(["keep", "collapse"] as const)("code the same text: spaces %s", async (spaces) => {
    const codes = learnBpe((await countFiles(files[1])).counts(), 300);
    const bpe = createBpe(codes);
    for (const threads of [1, 2, 3]) {
      await applyFile(files[0], at("coded"), codes, { threads, spaces, overwrite: true });
      const coded = fs.readFileSync(at("coded"));
      const text = fs.readFileSync(files[0]);
      const stream = bpe.createLineStream();
      const whole = spaces === "keep" ? [bpe.applyText(text)] : [stream.push(text), stream.end()];
      expect(coded.equals(Buffer.concat(whole))).toBe(true);
    }
  });

  it("code the same stream", async () => {
    const codes = learnBpe((await countFiles(files[1])).counts(), 300);
    const target = fs.createWriteStream(at("streamed"));
    await applyStream(fs.createReadStream(files[0]), target, codes, { threads: 2 });
    const text = fs.readFileSync(files[0]);
    expect(fs.readFileSync(at("streamed")).equals(createBpe(codes).applyText(text))).toBe(true);
  });

  it("refuse invalid bytes with the line of the file, wherever they stand", async () => {
    const bad = fs.readFileSync(files[0]);
    const place = bad.length - 1000;
    bad[bad.indexOf(0x20, place)] = 0xff;
    fs.writeFileSync(at("bad"), bad);
    const line = bad.subarray(0, bad.indexOf(0xff)).toString().split("\n").length;
    for (const threads of [1, 2]) {
      const counted = countFiles(at("bad"), { invalidUtf8: "refuse", threads });
      await expect(counted).rejects.toMatchObject({ code: "XLM_DATA", at: { file: at("bad"), line } });
      const applied = applyFile(at("bad"), at("never"), { merges: [] }, { invalidUtf8: "refuse", threads });
      await expect(applied).rejects.toMatchObject({ code: "XLM_DATA", at: { line } });
    }
    expect(fs.existsSync(at("never"))).toBe(false);
  });

  it("stop when they are told to", async () => {
    const stop = new AbortController();
    const counted = countFiles(files, { threads: 2, signal: stop.signal });
    setTimeout(() => stop.abort(), 1);
    await expect(counted).rejects.toMatchObject({ name: "AbortError" });
    const source = Readable.from(["word ".repeat(1_000_000)]);
    const applied = applyStream(source, fs.createWriteStream(at("stopped")), { merges: [] }, { signal: stop.signal });
    await expect(applied).rejects.toMatchObject({ name: "AbortError" });
  });
});
