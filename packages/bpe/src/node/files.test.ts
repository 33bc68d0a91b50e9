import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { countWords, createBpe, formatCodes, learnBpe } from "../index.js";
import { applyFile, applyStream, countFiles, type Progress } from "./index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bpe-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const at = (name: string): string => path.join(dir, name);
const write = (name: string, content: string | Uint8Array): string => {
  fs.writeFileSync(at(name), content);
  return at(name);
};
const read = (name: string): string => fs.readFileSync(at(name), "utf8");
/** What is left in the folder beside the named files. */
const leftovers = (): string[] => fs.readdirSync(dir).filter((name) => name.endsWith(".tmp"));

const text = "low low lower newest\n\nlow newer  newer wider";
const learned = learnBpe(countWords(text), 5);
const bpe = createBpe(learned);
const corpus = write("corpus", text);
const codes = write("codes", formatCodes(learned));

describe("countFiles", () => {
  it("counts one file or several, in the order of first sight", async () => {
    const second = write("second", "high low\n");
    const words = await countFiles([corpus, second]);
    expect([...words.counts()]).toEqual([...countWords([text, "high low\n"])]);
    const dropped = await countFiles(corpus, { lastWord: "drop" });
    expect(dropped.counts().has("wider")).toBe(false);
  });

  it("unpacks what ends in .gz, and says when it is damaged", async () => {
    const packed = write("corpus.gz", gzipSync(text));
    expect((await countFiles(packed)).counts()).toEqual(countWords(text));
    const damaged = write("damaged.gz", gzipSync(text).subarray(0, 30));
    await expect(countFiles(damaged)).rejects.toMatchObject({ code: "XLM_FORMAT", at: { file: damaged } });
  });

  it("names a path that cannot be read before it counts anything", async () => {
    const seen: Progress[] = [];
    const counted = countFiles([corpus, at("absent")], { onProgress: (progress) => seen.push(progress) });
    await expect(counted).rejects.toThrow(/absent: there is no such file/);
    await expect(countFiles(dir)).rejects.toThrow(/it is a folder/);
    expect(seen).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("reads a pipe, which may come in drops", async () => {
    const pipe = at("pipe");
    execFileSync("mkfifo", [pipe]);
    const words = countFiles(pipe);
    const script = '{ printf "low lo"; sleep 0.1; printf "w\\nx"; } > "$0"';
    const written = promisify(execFile)("sh", ["-c", script, pipe]);
    expect([...(await words).counts()]).toEqual([
      ["low", 2],
      ["x", 1],
    ]);
    await written;
  });

  it.skipIf(process.platform === "win32")("stops waiting for a pipe when it is told to", async () => {
    const pipe = at("silent");
    execFileSync("mkfifo", [pipe]);
    const stop = new AbortController();
    const words = countFiles(pipe, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(words).rejects.toThrow("enough");
    fs.closeSync(fs.openSync(pipe, "r+")); // lets the opening of the other end return
  });

  it("checks options", async () => {
    await expect(countFiles(corpus, { threads: 0 })).rejects.toMatchObject({ code: "XLM_OPTION" });
    await expect(countFiles(corpus, { lastWord: "lose" as never })).rejects.toMatchObject({ code: "XLM_OPTION" });
  });
});

describe("applyFile", () => {
  it("codes a file", async () => {
    const done = await applyFile(corpus, at("coded"), codes);
    expect(read("coded")).toBe(bpe.applyText(text));
    expect(done).toEqual({ bytesRead: text.length, bytesWritten: read("coded").length });
    await applyFile(corpus, at("dropped"), learned, { lastWord: "drop" });
    expect(read("dropped")).toBe(bpe.applyText(text, { lastWord: "drop" }));
    await applyFile(corpus, at("lines"), learned, { spaces: "collapse" });
    expect(read("lines")).toBe(`${text.split("\n").map((line) => `${bpe.applyLine(line)}\n`).join("")}`); // prettier-ignore
  });

  it("limits what it writes to a vocabulary", async () => {
    const vocab = write("vocab", "low 3\nn@@ 2\n");
    await applyFile(corpus, at("limited"), codes, { vocab });
    expect(read("limited")).toBe(createBpe(learned, { vocab: new Map([["low", 3], ["n@@", 2]]) }).applyText(text)); // prettier-ignore
  });

  it("gives an empty file for an empty one", async () => {
    await applyFile(write("empty", ""), at("empty.coded"), codes);
    await applyFile(at("empty"), at("empty.lines"), codes, { spaces: "collapse" });
    expect(read("empty.coded") + read("empty.lines")).toBe("");
  });

  it("overwrites nothing unasked, and never its input", async () => {
    const kept = write("kept", "old");
    await expect(applyFile(corpus, kept, codes)).rejects.toThrow(/kept: it is there already/);
    expect(read("kept")).toBe("old");
    await applyFile(corpus, kept, codes, { overwrite: true });
    expect(read("kept")).toBe(bpe.applyText(text));

    fs.linkSync(corpus, at("another-name"));
    await expect(applyFile(corpus, at("another-name"), codes, { overwrite: true })).rejects.toThrow(/the same file/);
    expect(read("corpus")).toBe(text);
  });

  it("follows a link that is the output, and keeps the file's mode", async () => {
    const target = write("target", "old");
    fs.chmodSync(target, 0o600);
    fs.symlinkSync(target, at("link"));
    await applyFile(corpus, at("link"), codes, { overwrite: true });
    expect(read("target")).toBe(bpe.applyText(text));
    expect(fs.lstatSync(at("link")).isSymbolicLink()).toBe(true);
    expect(fs.statSync(target).mode & 0o777).toBe(0o600);
  });

  it("leaves nothing behind when it fails or is stopped", async () => {
    const before = fs.readdirSync(dir);
    const bad = write("bad", Uint8Array.of(0x61, 0x0a, 0xff));
    const refused = applyFile(bad, at("never"), codes, { invalidUtf8: "refuse" });
    await expect(refused).rejects.toMatchObject({ code: "XLM_DATA", at: { file: bad, line: 2 } });
    await expect(applyFile(corpus, at("never"), bad)).rejects.toMatchObject({ code: "XLM_FORMAT" });
    await expect(applyFile(at("absent"), at("never"), codes)).rejects.toThrow(/absent: there is no such file/);
    await expect(applyFile(corpus, path.join(dir, "no", "folder"), codes)).rejects.toThrow(/there is no such file or/);

    const stop = new AbortController();
    const stopped = applyFile(corpus, at("never"), codes, { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect(fs.readdirSync(dir).sort()).toEqual([...before, "bad"].sort());
  });

  it("keeps what was there when it fails in the middle", async () => {
    const kept = write("kept-too", "old");
    const long = write("long", Buffer.concat([Buffer.from("word\n".repeat(500_000)), Uint8Array.of(0xff)]));
    const refused = applyFile(long, kept, codes, { overwrite: true, invalidUtf8: "refuse" });
    await expect(refused).rejects.toMatchObject({ at: { line: 500_001 } });
    expect(read("kept-too")).toBe("old");
    expect(leftovers()).toEqual([]);
  });

  it("tells how far it has come", async () => {
    const seen: Progress[] = [];
    await applyFile(at("long"), at("long.coded"), codes, { onProgress: (progress) => seen.push(progress) });
    const total = fs.statSync(at("long")).size;
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ bytes: total, total });
  });

  it("checks options before it touches a file", async () => {
    for (const options of [
      { threads: 1.5 },
      { spaces: "none" },
      { cacheSize: 0 },
      { engine: "rust" },
      { invalidUtf8: "?" },
    ]) {
      await expect(applyFile(corpus, at("never"), codes, options as never)).rejects.toMatchObject({
        code: "XLM_OPTION",
      });
    }
    expect(fs.existsSync(at("never"))).toBe(false);
  });
});

describe("applyStream", () => {
  const gather = (): { sink: Writable; content: () => string } => {
    const parts: Buffer[] = [];
    const sink = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _, done) => {
        parts.push(chunk);
        setImmediate(done);
      },
    });
    return { sink, content: () => Buffer.concat(parts).toString() };
  };

  it("codes a Node stream of bytes or strings, cut within characters", async () => {
    const { sink, content } = gather();
    await applyStream(Readable.from(["low 💍 ".slice(0, 5), "💍 ".slice(1), "lower"]), sink, learned);
    expect(content()).toBe("low 💍 lo@@ w@@ er");
  });

  it("reads no faster than the other side takes it", async () => {
    let given = 0;
    const source = new Readable({
      highWaterMark: 1,
      read() {
        given++;
        this.push(given > 1000 ? null : Buffer.from("lower ".repeat(1000)));
      },
    });
    const slow = new PassThrough({ highWaterMark: 1 });
    const done = applyStream(source, slow, learned);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(given).toBeLessThan(20);
    slow.resume();
    expect(await done).toMatchObject({ bytesRead: 6_000_000 });
  });

  it("fails when either side does", async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk on fire")) });
    await expect(applyStream(Readable.from(["low "]), broken, learned)).rejects.toThrow("disk on fire");
    const { sink } = gather();
    const bad = Readable.from([Uint8Array.of(0xff)]);
    await expect(applyStream(bad, sink, learned, { invalidUtf8: "refuse" })).rejects.toMatchObject({
      code: "XLM_DATA",
    });
    expect(sink.destroyed).toBe(true);
  });
});
