import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { workFolder } from "../../test/io.js";
import { readLineBatches, zipBatches, type LineRules } from "./lines.js";
import { surveyText } from "./survey.js";

const work = workFolder();
afterAll(() => work.remove());

const python: LineRules = { cr: "ends", invalidUtf8: "refuse" };
const perl: LineRules = { cr: "stays", invalidUtf8: "refuse" };

async function linesOf(content: string | Uint8Array, rules: LineRules, skip = 0): Promise<string[]> {
  const file = work.write("text", content);
  const lines: string[] = [];
  for await (const batch of readLineBatches(file, rules, skip)) lines.push(...batch);
  return lines;
}

it("ends lines at LF and CRLF, the last one without either; empty lines stay", async () => {
  expect(await linesOf("a\nb\r\n\nc", python)).toEqual(["a", "b", "", "c"]);
  expect(await linesOf("a\n", python)).toEqual(["a"]);
});

it("ends lines at a lone CR, or leaves it in the line for Moses to take out", async () => {
  expect(await linesOf("a\rb\r\nc\r", python)).toEqual(["a", "b", "c"]);
  expect(await linesOf("a\rb\r\nc\r", perl)).toEqual(["a\rb\r", "c\r"]);
});

it("drops a byte order mark", async () => {
  expect(await linesOf("\ufeffa\n\ufeffb\n", python)).toEqual(["a", "\ufeffb"]);
});

it("replaces what is not UTF-8, and NUL, when told to", async () => {
  const bytes = Uint8Array.of(0x61, 0xe9, 0x0a, 0x00, 0x62, 0x0a);
  expect(await linesOf(bytes, { cr: "ends", invalidUtf8: "replace" })).toEqual(["a\ufffd", "\ufffdb"]);
});

describe("a text of many pieces", () => {
  const lines = Array.from({ length: 60_000 }, (_, i) => (i % 7 === 0 ? "" : `line ${i} \u{1f600}é`));
  it.each([
    ["\n", python],
    ["\r\n", python],
    ["\r", python],
    ["\n", perl],
  ] as const)("comes back whole with ends %j under %o", async (end, rules) => {
    const text = lines.map((line) => line + end).join("");
    expect(await linesOf(text, rules)).toEqual(lines);
    expect(await linesOf(text, rules, 43_210)).toEqual(lines.slice(43_210));
    expect((await surveyText(work.path("text"), rules)).lines).toBe(lines.length);
  });

  it("comes back from a packed file of two members", async () => {
    const half = lines.length / 2;
    const pack = (part: readonly string[]): Uint8Array => gzipSync(part.map((line) => `${line}\n`).join(""));
    const file = work.write("text.gz", Buffer.concat([pack(lines.slice(0, half)), pack(lines.slice(half))]));
    const got: string[] = [];
    for await (const batch of readLineBatches(file, python)) got.push(...batch);
    expect(got).toEqual(lines);
  });
});

it("goes through several texts in step, however they come", async () => {
  async function* batches(...parts: string[][]): AsyncGenerator<string[]> {
    for (const part of parts) yield await Promise.resolve(part);
  }
  const seen: string[][][] = [];
  for await (const sides of zipBatches([batches(["a", "b", "c"], [], ["d"]), batches(["1"], ["2", "3", "4"])])) {
    seen.push(sides);
  }
  expect(seen).toEqual([
    [["a"], ["1"]],
    [
      ["b", "c"],
      ["2", "3"],
    ],
    [["d"], ["4"]],
  ]);
});

describe("a survey refuses", () => {
  it.each<[string, string | Uint8Array, RegExp, string?]>([
    ["an empty file", "", /the file is empty/],
    ["blank lines alone", "\n \t\n", /none of its 2 lines has a word/],
    [
      "a byte that is not UTF-8",
      Uint8Array.of(0x61, 0x0a, 0x0d, 0x62, 0xe9, 0x0a),
      /line 3: .*not valid UTF-8 .*"b\ufffd.*--invalid-utf8 replace/,
    ],
    ["half a surrogate pair, encoded", Uint8Array.of(0x61, 0xed, 0xa0, 0x80, 0x0a), /line 1: .*not valid UTF-8/],
    ["a character cut by the end of the file", Uint8Array.of(0x61, 0x0a, 0xc3), /line 2: .*not valid UTF-8/],
    ["NUL", "a\nb\0\n", /line 2: byte 3 is NUL.*--invalid-utf8 replace/],
    ["UTF-16", Buffer.from("\ufeffhola\n", "utf16le"), /UTF-16/],
    [
      "a line of 2 MB",
      `uno\n${"x".repeat(2_000_000)}\ntres\n`,
      /line 2: the line has 2000000 bytes and the limit is 1000000/,
    ],
    ["a line of 1.1 MB at the end", `uno\n${"x".repeat(1_100_000)}`, /line 2: the line has 1100000 bytes/],
    ["a packed file cut short", gzipSync("text\n".repeat(1000)).subarray(0, 40), /does not unpack/, ".gz"],
  ])("%s", async (_, content, message, end = "") => {
    await expect(surveyText(work.write(`bad${end}`, content), python)).rejects.toThrow(message);
  });

  it("nothing of a text that is replaced, but its line ends", async () => {
    const file = work.write("bad", Uint8Array.of(0x61, 0xe9, 0x0a, 0x00, 0x62, 0x0a));
    expect((await surveyText(file, { cr: "ends", invalidUtf8: "replace" })).lines).toBe(2);
  });
});
