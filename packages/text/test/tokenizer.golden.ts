import fs from "node:fs";
import { goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import {
  createLineTokenizer,
  createMosesTokenizer,
  lowercaseAndRemoveAccent,
  normalizePunctuation,
  removeNonPrinting,
  replaceUnicodePunctuation,
} from "../src/index.js";

type Stages = Record<"input" | "punct" | "norm" | "clean" | "tok" | "lower", string>;

const files = fs.readdirSync(goldenDir("tokenizer")).sort();
const load = <T>(name: string): T => readJson<T>(goldenDir("tokenizer", name));

/** Matches of a pattern among the file names; a folder without any is a broken folder. */
function matches(pattern: RegExp): string[][] {
  const found = files.flatMap((name) => {
    const match = pattern.exec(name);
    return match ? [[...match]] : [];
  });
  if (found.length === 0) throw new Error(`no file matches ${pattern.source}`);
  return found;
}

/** All lines at once, so that a failure shows which differ. */
function expectLines<T>(
  lines: readonly T[],
  input: (line: T) => string,
  f: (text: string) => string,
  output: (line: T) => string,
): void {
  expect(lines.length).toBeGreaterThan(0);
  const wrong = lines.filter((line) => f(input(line)) !== output(line));
  expect(wrong.map((line) => ({ input: input(line), actual: f(input(line)), expected: output(line) }))).toEqual([]);
}

describe.each(matches(/^([a-z]+)\.json$/).map((match) => match[1]!))("the pipeline in %s", (name) => {
  const { lang, lines } = load<{ lang: string; lines: Stages[] }>(`${name}.json`);

  it.each<[string, keyof Stages, (line: string) => string, keyof Stages]>([
    ["replaces punctuation", "input", replaceUnicodePunctuation, "punct"],
    ["normalises punctuation", "punct", (line) => normalizePunctuation(line, lang), "norm"],
    ["removes what does not print", "norm", removeNonPrinting, "clean"],
    ["splits words", "clean", createMosesTokenizer(lang), "tok"],
    ["takes case and accents off", "tok", lowercaseAndRemoveAccent, "lower"],
    ["does all but the last at once", "input", createLineTokenizer(lang), "tok"],
    ["does all at once", "input", createLineTokenizer(lang, { lower: true }), "lower"],
  ])("%s", (_, from, f, to) => {
    expectLines(
      lines,
      (line) => line[from],
      f,
      (line) => line[to],
    );
  });
});

it.each(matches(/^escaped\.([a-z]+)\.json$/))("escapes: %s", (name, lang) => {
  const lines = load<{ clean: string; tok_escaped: string }[]>(name);
  expectLines(
    lines,
    (line) => line.clean,
    createMosesTokenizer(lang, { escape: true }),
    (line) => line.tok_escaped,
  );
});

const others = load<Record<string, Record<"input" | "norm" | "tok", string>[]>>("other_languages.json");
it.each(Object.keys(others))("other languages: %s", (lang) => {
  const normalised = (line: string): string => normalizePunctuation(replaceUnicodePunctuation(line), lang);
  expectLines(
    others[lang]!,
    (line) => line.input,
    normalised,
    (line) => line.norm,
  );
  expectLines(
    others[lang]!,
    (line) => line.input,
    createLineTokenizer(lang),
    (line) => line.tok,
  );
});

it("sees whether a line end follows", () => {
  const cases = load<{ lang: string; stdin: string; stdout: string }[]>("normalize_newline.json");
  expectLines(
    cases,
    (streams) => JSON.stringify(streams),
    (json) => {
      const { lang, stdin } = JSON.parse(json) as (typeof cases)[number];
      return stdin.replace(/([^\n]*)(\n|$)/g, (_, line: string, end: string) => {
        return normalizePunctuation(line, lang, { newline: end !== "" }) + end;
      });
    },
    ({ stdout }) => stdout,
  );
});

describe("lower-casing and accents", () => {
  const { lines, streams } = load<{
    lines: { input: string; output: string }[];
    streams: { stdin: string; stdout: string }[];
  }>("lower_accent.json");

  it("line by line", () => {
    expectLines(
      lines,
      (line) => line.input,
      lowercaseAndRemoveAccent,
      (line) => line.output,
    );
  });

  it("on whole streams, whose last line may lack its end", () => {
    const script = (stdin: string): string =>
      stdin
        .replace(/[^\n]+$/, "$&\n")
        .replace(/([^\n]*)\n/g, (_, line: string) => `${lowercaseAndRemoveAccent(line)}\n`);
    expectLines(
      streams,
      (stream) => stream.stdin,
      script,
      (stream) => stream.stdout,
    );
  });
});
