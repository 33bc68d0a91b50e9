import { DataError, OptionError } from "@xlm/core";
import { InvalidArgumentError } from "commander";

/** Reads a whole number in `[least, most]` from a flag. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    }
    return value;
  };

/** Reads any finite number from a flag; whoever uses it checks its range. */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

/** Reads a finite number above 0 from a flag. */
export function positiveNumber(text: string): number {
  const value = finiteNumber(text);
  if (value <= 0) throw new InvalidArgumentError("It must be above 0.");
  return value;
}

/** Reads the exponent of language sampling: a number, or `uniform`. */
export const alphaValue = (text: string): number | "uniform" => (text === "uniform" ? text : finiteNumber(text));

/** Reads shares such as `0.8,0.1,0.1`. */
export const numberList = (text: string): number[] => text.split(",").map(finiteNumber);

/** Reads names such as `en,fr`. */
export const nameList = (text: string): string[] => text.split(",").map((name) => name.trim());

const LANG = /^[A-Za-z][\w-]*$/;

/** @throws OptionError unless every language is named once and in letters. */
export function checkLangs(langs: readonly string[]): void {
  for (const [i, lang] of langs.entries()) {
    if (!LANG.test(lang)) {
      throw new OptionError({
        what: `the language is called ${JSON.stringify(lang)}`,
        why: "its name becomes part of file names",
        fix: "use letters, digits, - and _, such as en or zh-classical",
      });
    }
    if (langs.indexOf(lang) !== i) {
      throw new OptionError({ what: `language ${lang} is given twice`, why: "each has one text", fix: "name it once" });
    }
  }
}

/** A text file and its language. */
export interface LangFile {
  readonly lang: string;
  readonly file: string;
}

/** Splits `en=a.txt,fr=b.txt` at the commas that a new `LANG=` follows. */
const splitPairs = (text: string): string[] => text.split(/,(?=[A-Za-z][\w-]*=)/);

/**
 * Reads text files with their languages: `en=a.txt fr=b.txt` (or with a comma between), or bare names in the order of `langs`.
 * @throws OptionError for a mixture of both, bare names without or with other than as many languages; DataError for a
 *   language of `langs` without a file.
 */
export function langFiles(values: readonly string[], langs?: readonly string[]): LangFile[] {
  if (langs) checkLangs(langs);
  const parts = values.flatMap(splitPairs);
  const named = parts.map((part) => /^([A-Za-z][\w-]*)=(.+)$/s.exec(part));
  const files = named.every((match) => match !== null)
    ? named.map((match) => ({ lang: match[1] as string, file: match[2] as string }))
    : bareFiles(parts, langs);
  checkLangs(files.map(({ lang }) => lang));
  if (!langs) return files;
  for (const lang of langs) {
    if (files.some((entry) => entry.lang === lang)) continue;
    throw new DataError({
      what: `language ${lang} has no text`,
      why: `--langs names ${langs.join(", ")} and --text gives ${files.map((entry) => entry.lang).join(", ") || "none"}`,
      fix: `add ${lang}=FILE to --text, or leave ${lang} out of --langs`,
    });
  }
  const extra = files.find((entry) => !langs.includes(entry.lang));
  if (extra) {
    throw new OptionError({
      what: `--text gives ${extra.lang}, which --langs (${langs.join(", ")}) does not name`,
      why: "a language of the text would be left out silently",
      fix: `add ${extra.lang} to --langs, or leave --langs out`,
    });
  }
  return langs.map((lang) => files.find((entry) => entry.lang === lang) as LangFile);
}

function bareFiles(files: readonly string[], langs: readonly string[] | undefined): LangFile[] {
  const odd = files.find((file) => /^[A-Za-z][\w-]*=/.test(file));
  if (!langs || odd !== undefined) {
    throw new OptionError({
      what:
        odd === undefined
          ? `no language is given for ${files[0]}`
          : `${odd} names its language and another file does not`,
      why: "every text needs its language",
      fix: "write each as LANG=FILE, such as en=europarl.en",
    });
  }
  if (files.length !== langs.length) {
    throw new DataError({
      what: `${langs.length} languages are named (${langs.join(", ")}) and ${files.length} files given`,
      why: `file k is the text of language k, so ${files.length < langs.length ? `${langs[files.length]} has no text` : `${files[langs.length]} has no language`}`,
      fix: "give one file for each language, in the same order, or write LANG=FILE",
    });
  }
  return files.map((file, i) => ({ lang: langs[i] as string, file }));
}

/** Reads one `--pair`: exactly two `LANG=FILE`, parallel by line. */
export function pairFiles(value: string): readonly [LangFile, LangFile] {
  const files = langFiles([value]);
  if (files.length !== 2) {
    throw new OptionError({
      what: `--pair is ${value}`,
      why: "it joins two files that are translations of each other, line by line",
      fix: "write for example --pair en=a.en,fr=a.fr, once for each pair",
    });
  }
  return files as [LangFile, LangFile];
}
