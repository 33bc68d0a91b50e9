import fs from "node:fs";
import { goldenDir, readJson } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import {
  type BpeCodes,
  countVocab,
  countWords,
  createBpe,
  type EngineName,
  formatCodes,
  formatVocab,
  learnBpe,
  parseCodes,
  parseVocab,
  restoreBpe,
} from "../src/index.js";
import {
  engines,
  type ExhaustedCase,
  learnLikeFastBpe,
  recordedSmallCase,
  runSmallCase,
  type SmallCase,
} from "./compare.js";

interface Info {
  merges?: Record<
    string,
    { codes_differing_if_initial_order_is_bytewise: number; same_prefix_len_with_bytewise_order: number }
  >;
  exhausted?: ExhaustedCase;
}

const drop = { lastWord: "drop" } as const;
const files = fs.readdirSync(goldenDir("bpe")).sort();
const read = (...name: string[]): Uint8Array => new Uint8Array(fs.readFileSync(goldenDir("bpe", ...name)));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** Matches of a pattern among the file names; a folder without any is a broken folder. */
function matches(pattern: RegExp, names: readonly string[] = files): string[][] {
  const found = names.flatMap((name) => {
    const match = pattern.exec(name);
    return match ? [[...match]] : [];
  });
  if (found.length === 0) throw new Error(`no file matches ${pattern.source}`);
  return found;
}

/** Byte equality with a message that shows the first difference rather than two files. */
function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  const a = text(actual).split("\n");
  const b = text(expected).split("\n");
  const line = b.findIndex((content, i) => content !== a[i]);
  expect({ line, content: a[line] }).toEqual({ line, content: b[line] });
  expect(a.length).toBe(b.length);
}

const corpora = matches(/^corpus\.(\w+)\.txt$/).map((match) => match[1]!);
const sizes = matches(/^codes\.(\d+)\.txt$/).map((match) => match[1]!);
const sourceOf = (name: string): Uint8Array => read(corpora.includes(name) ? `corpus.${name}.txt` : `${name}.txt`);
const codesFile = (size: string): Uint8Array => read(`codes.${size}.txt`);
const codesOf = (size: string) => parseCodes(codesFile(size), { file: `codes.${size}.txt` });

/** `a`, `ab`: the name of a corpus, or one letter for each that was counted. */
const textsOf = (letters: string, engine: EngineName, size?: string): Uint8Array[] =>
  (corpora.includes(letters) ? [letters] : [...letters]).map((letter) => {
    const raw = sourceOf(letter);
    return size === undefined ? raw : createBpe(codesOf(size), { engine }).applyText(raw, drop);
  });

/** `vocab4000.ab.min20.txt` of what a coded file calls `vocab_ab_min20`. */
const vocabFile = (size: string, variant: string): string => `vocab${size}.${variant.replaceAll("_", ".")}.txt`;

describe.each(engines)("words and vocabularies, %s", (engine) => {
  it.each(matches(/^wordvocab\.(\w+)\.txt$/))("%s is countVocab of the raw text", (file, letters) => {
    expectBytes(formatVocab(countVocab(textsOf(letters, engine), { ...drop, engine })), read(file));
  });

  it.each(matches(/^vocab(\d+)\.(\w+)(?:\.min(\d+))?\.txt$/))(
    "%s is countVocab of the coded text",
    (file, size, letters, least) => {
      const vocab = countVocab(textsOf(letters, engine, size), { ...drop, engine });
      const kept = new Map([...vocab].filter(([, count]) => count >= Number(least ?? 0)));
      expectBytes(formatVocab(kept), read(file));
      expectBytes(formatVocab(parseVocab(read(file), { file })), read(file));
    },
  );
});

describe.each(engines)("learned codes, %s", (engine) => {
  const initialTokens = readJson<string[]>(goldenDir("bpe", "initial_tokens.json"));
  const words = countWords(corpora.map(sourceOf), drop);

  describe.each(sizes)("%s merges", (size) => {
    const n = Number(size);
    const recorded = read(`codes.${size}.txt`);

    it("are equal given the order of the initial symbols", () => {
      expectBytes(formatCodes(learnBpe(words, n, { initialTokens, engine })), recorded);
    });

    it("are equal with fastBPE's own order worked out", () => {
      expectBytes(formatCodes(learnBpe(words, n, { compat: "fastbpe", engine })), recorded);
    });

    it("differ as much as recorded with the order of bytes", () => {
      const info = readJson<Info>(goldenDir("bpe", "info.json")).merges?.[size];
      const pairs = (codes: BpeCodes): string[] => codes.merges.map(({ left, right }) => `${left} ${right}`);
      const ours = pairs(learnBpe(words, n, { engine }));
      const theirs = pairs(parseCodes(recorded));
      const known = new Set(theirs);
      const prefix = theirs.findIndex((pair, i) => pair !== ours[i]);
      expect(ours.filter((pair) => !known.has(pair)).length).toBe(info?.codes_differing_if_initial_order_is_bytewise);
      expect(prefix < 0 ? n : prefix).toBe(info?.same_prefix_len_with_bytewise_order);
    });

    it("survive parsing and formatting", () => {
      expectBytes(formatCodes(codesOf(size)), recorded);
    });
  });

  it("do not depend on the tie rule where nothing ties", () => {
    const names = fs.readdirSync(goldenDir("bpe", "notie"));
    for (const [file, n] of matches(/^codes\.(\d+)\.txt$/, names)) {
      const corpus = read("notie", "corpus.txt");
      const learned = learnBpe(countWords(corpus, drop), Number(n), { engine });
      expectBytes(formatCodes(learned), read("notie", file!));
      expectBytes(createBpe(learned).applyText(corpus, drop), read("notie", "corpus.bpe.txt"));
    }
  });

  it("repeat a line when there is nothing left to merge, if asked to", () => {
    const { exhausted } = readJson<Info>(goldenDir("bpe", "info.json"));
    expect(learnLikeFastBpe(exhausted!.text, exhausted!.n, engine)).toBe(exhausted!.output);
  });
});

describe.each(engines)("coded text, %s", (engine) => {
  it.each(matches(/^(\w+)\.bpe(\d+)\.txt$/))("%s", (file, source, size) => {
    expectBytes(createBpe(codesOf(size), { engine }).applyText(sourceOf(source), drop), read(file));
  });

  it.each(matches(/^(\w+)\.bpe(\d+)\.vocab_(\w+)\.txt$/))(
    "%s, limited to a vocabulary",
    (file, source, size, variant) => {
      const name = vocabFile(size, variant);
      const bpe = createBpe(codesFile(size), { vocab: read(name), engine, names: { vocab: name } });
      expectBytes(bpe.applyText(sourceOf(source), drop), read(file));
    },
  );

  it.each(matches(/^(\w+)\.bpe(\d+)\.stream\.txt$/))("%s, line by line", (file, source, size) => {
    const bpe = createBpe(codesFile(size), { engine });
    const lines = text(sourceOf(source)).split("\n");
    if (lines.at(-1) === "") lines.pop();
    const coded = lines.map((line) => Buffer.from(bpe.applyLine(Buffer.from(line, "latin1"))));
    expectBytes(Buffer.concat(coded.flatMap((line) => [line, Buffer.from("\n")])), read(file));
    const stream = bpe.createLineStream();
    expectBytes(Buffer.concat([stream.push(sourceOf(source)), stream.end()]), read(file));
  });

  it.each(matches(/^(\w+\.bpe\d+)\.restored\.txt$/))("%s", (file, coded) => {
    expectBytes(restoreBpe(read(`${coded}.txt`)), read(file));
  });
});

describe.each(engines)("small cases, %s", (engine) => {
  const cases = readJson<SmallCase[]>(goldenDir("bpe", "small_cases.json"));
  it("are there", () => expect(cases.length).toBeGreaterThan(0));
  it.each(cases.map((recorded, i) => [i, recorded] as const))("case %i", (_, recorded) => {
    expect(runSmallCase(recorded, engine)).toEqual(recordedSmallCase(recorded));
  });
});
