import { describe, expect, it } from "vitest";
import { langFiles, pairFiles } from "./options.js";

describe("langFiles", () => {
  it("reads LANG=FILE, apart or with commas", () => {
    const expected = [
      { lang: "en", file: "a.txt" },
      { lang: "fr", file: "b,c.txt" },
    ];
    expect(langFiles(["en=a.txt", "fr=b,c.txt"])).toEqual(expected);
    expect(langFiles(["en=a.txt,fr=b,c.txt"])).toEqual(expected);
  });

  it("reads bare files in the order of the languages, and sorts named ones into it", () => {
    expect(langFiles(["a.txt", "b.txt"], ["en", "fr"]).map(({ lang }) => lang)).toEqual(["en", "fr"]);
    expect(langFiles(["fr=b.txt", "en=a.txt"], ["en", "fr"]).map(({ file }) => file)).toEqual(["a.txt", "b.txt"]);
  });

  it("says which language or file is left over", () => {
    expect(() => langFiles(["a", "b"], ["en", "fr", "de"])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: 3 languages are named (en, fr, de) and 2 files given: file k is the text of language k, so de has no text. Fix: give one file for each language, in the same order, or write LANG=FILE]`,
    );
    expect(() => langFiles(["a", "b"], ["en"])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: 1 languages are named (en) and 2 files given: file k is the text of language k, so b has no language. Fix: give one file for each language, in the same order, or write LANG=FILE]`,
    );
    expect(() => langFiles(["en=a"], ["en", "fr"])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: language fr has no text: --langs names en, fr and --text gives en. Fix: add fr=FILE to --text, or leave fr out of --langs]`,
    );
    expect(() => langFiles(["en=a", "fr=b"], ["en"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: --text gives fr, which --langs (en) does not name: a language of the text would be left out silently. Fix: add fr to --langs, or leave --langs out]`,
    );
    expect(() => langFiles(["a"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: no language is given for a: every text needs its language. Fix: write each as LANG=FILE, such as en=europarl.en]`,
    );
    expect(() => langFiles(["en=a", "b"], ["en", "fr"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: en=a names its language and another file does not: every text needs its language. Fix: write each as LANG=FILE, such as en=europarl.en]`,
    );
    expect(() => langFiles(["en=a", "en=b"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: language en is given twice: each has one text. Fix: name it once]`,
    );
    expect(() => langFiles(["../x"], ["../x"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the language is called "../x": its name becomes part of file names. Fix: use letters, digits, - and _, such as en or zh-classical]`,
    );
  });
});

it("pairFiles takes exactly two", () => {
  expect(pairFiles("en=a,fr=b")).toEqual([
    { lang: "en", file: "a" },
    { lang: "fr", file: "b" },
  ]);
  expect(() => pairFiles("en=a")).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: --pair is en=a: it joins two files that are translations of each other, line by line. Fix: write for example --pair en=a.en,fr=a.fr, once for each pair]`,
  );
});
