import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { countWords, countVocab, createBpe, formatCodes, formatVocab, learnBpe } from "../index.js";
import { runCommand } from "./index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bpe-command-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const at = (name: string): string => path.join(dir, name);
const write = (name: string, content: string | Uint8Array): string => {
  fs.writeFileSync(at(name), content);
  return at(name);
};

/** What a command wrote, said and answered. */
async function xlmBpe(...args: string[]): Promise<{ code: number; out: string; said: string }> {
  const out = at("stdout");
  fs.rmSync(out, { force: true });
  let said = "";
  const code = await runCommand(args, { out, say: (text) => (said += text) });
  return { code, out: fs.existsSync(out) ? fs.readFileSync(out, "utf8") : "", said: said.replaceAll(dir, "DIR") };
}
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const text = "low low lower newest\nlow newer  newer wider\nwidest";
const corpus = write("corpus", text);
const cut = text.slice(0, text.lastIndexOf("\n") + 1);

describe("fastBPE's commands", () => {
  it("getvocab", async () => {
    expect(await xlmBpe("getvocab", corpus)).toEqual({ code: 0, out: utf8(formatVocab(countVocab(cut))), said: "" });
    expect((await xlmBpe("getvocab", corpus, corpus)).out).toBe(utf8(formatVocab(countVocab([cut, cut]))));
  });

  it("learnbpe", async () => {
    const words = countWords(text, { lastWord: "drop" });
    const codes = formatCodes(learnBpe(words, 6, { compat: "fastbpe" }));
    expect(await xlmBpe("learnbpe", "6", corpus)).toEqual({ code: 0, out: utf8(codes), said: "" });
    const more = await xlmBpe("learnbpe", "90", corpus);
    expect(more.out.split("\n")).toHaveLength(91);
    expect(more.said).toMatch(/fewer than the 90 merges/);
  });

  it("applybpe", async () => {
    const codes = write("codes", (await xlmBpe("learnbpe", "6", corpus)).out);
    const bpe = createBpe(fs.readFileSync(codes));
    expect(await xlmBpe("applybpe", at("coded"), corpus, codes)).toEqual({ code: 0, out: "", said: "" });
    expect(fs.readFileSync(at("coded"), "utf8")).toBe(bpe.applyText(cut));
    const vocab = write("vocab", "low 3\n");
    await xlmBpe("applybpe", at("coded"), corpus, codes, vocab); // and replaces what is there
    const limited = createBpe(fs.readFileSync(codes), { vocab: new Map([["low", 3]]) });
    expect(fs.readFileSync(at("coded"), "utf8")).toBe(limited.applyText(cut));
  });

  it("takes empty codes and vocabularies for none, as fastBPE does", async () => {
    const empty = write("empty", "");
    expect(await xlmBpe("applybpe", at("coded"), corpus, empty, empty)).toMatchObject({ code: 0 });
    expect(fs.readFileSync(at("coded"), "utf8")).toBe(createBpe({ merges: [] }).applyText(cut));
    const refused = await xlmBpe("applybpe", at("coded"), corpus, empty, "--compat", "none");
    expect(refused).toMatchObject({ code: 2, said: expect.stringMatching(/DIR\/empty: the file is empty/) });
  });

  it("--compat none keeps the last word and breaks ties by bytes", async () => {
    const own = formatCodes(learnBpe(countWords(text), 6));
    expect((await xlmBpe("learnbpe", "6", corpus, "--compat", "none")).out).toBe(utf8(own));
    expect((await xlmBpe("getvocab", corpus, "--compat=none")).out).toMatch(/widest 1/);
  });
});

describe("errors", () => {
  it("are a line with what to do, and exit code 2", async () => {
    const bad = write("bad", "l o 3\nl o 2\n");
    expect((await xlmBpe("applybpe", at("coded"), corpus, bad)).said).toMatchInlineSnapshot(`
      "xlm-bpe: DIR/bad, line 2: the pair "l o" stands on line 1 already: each symbol is made by one merge of one rank, or splitting it again would be ambiguous. Fix: remove one of the two
      "
    `);
    expect((await xlmBpe("getvocab", at("absent"))).said).toMatchInlineSnapshot(`
      "xlm-bpe: DIR/absent: there is no such file or folder: it was to be read. Fix: check the path
      "
    `);
    expect((await xlmBpe("learnbpe", "many", corpus)).said).toMatchInlineSnapshot(`
      "xlm-bpe: N is "many": the command line does not say what to do. Fix: give a whole number of at most 2147483647
      "
    `);
    expect((await xlmBpe("learnbpe", "5", at("empty"))).said).toMatchInlineSnapshot(`
      "xlm-bpe: there are no words: merges are learned from the pairs inside words. Fix: check that the text is not empty; with lastWord "drop" a text without spaces and newlines has no words
      "
    `);
    expect(
      (await xlmBpe("getvocab", write("latin1", Uint8Array.of(0x61, 0x0a, 0xe9, 0x0a)), "--invalid-utf8", "refuse"))
        .said,
    ).toMatchInlineSnapshot(`
      "xlm-bpe: DIR/latin1, line 2: byte 0xe9 is not valid UTF-8 here: such bytes were to be refused. Fix: convert the text to UTF-8, or let such bytes be kept or replaced (invalidUtf8: "keep", "replace")
      "
    `);
  });

  it.each([
    [[], /there is no command: /],
    [["vocab"], /there is no command vocab/],
    [["getvocab"], /getvocab takes 1 or 2 arguments, and 0 are given/],
    [["applybpe", "a", "b", "c", "d", "e"], /applybpe takes 3 or 4 arguments/],
    [["getvocab", corpus, "--fast"], /Unknown option '--fast'/],
    [["getvocab", corpus, "--threads", "two"], /--threads is "two"/],
    [["getvocab", corpus, "--compat", "moses"], /--compat is "moses"/],
    [["getvocab", corpus, "--engine", "rust"], /engine is "rust"/],
    [["getvocab", corpus, "--invalid-utf8", "drop"], /invalidUtf8 is "drop"/],
    [["applybpe", corpus, corpus, at("codes")], /input and output are the same file/],
  ])("%j", async (args, message) => {
    expect(await xlmBpe(...args)).toMatchObject({ code: 2, out: "", said: expect.stringMatching(message) });
  });

  it("says what it can do", async () => {
    expect((await xlmBpe("--help")).out).toMatch(/^usage: xlm-bpe/);
  });

  it("stops with 130", async () => {
    const signal = AbortSignal.abort();
    expect(await runCommand(["getvocab", corpus], { out: at("stdout"), say: () => undefined, signal })).toBe(130);
  });
});
