import { nonbreakingPrefixes, type Prefixes } from "./prefixes/index.js";

/**
 * A state of the Moses scripts. `"2025"`: as they are today. `"2019"`: as they were from November 2018 to October 2019, when
 * XLM's released models were trained; `‘` and `‚` become `"` there and `１` does, Catalan and Tetun have no rules of their
 * own, and Estonian, Tetun and the Indian languages but Tamil have the English abbreviations.
 * `Differs:` Swedish and Tamil have today's abbreviations in `"2019"` too.
 */
export type MosesRelease = "2019" | "2025";

/** What the tokenizer does differently from language to language, other than its prefixes. */
export interface LanguageRules {
  /** Where a word ends at an apostrophe between letters: `don 't`, `l' homme`, not at all, or on both sides as elsewhere. */
  readonly apostrophe: "before" | "after" | "never" | "apart";
  /** A sign that stays in a word while a lowercase letter follows: `EU:ssa`, `mak'a'as`; the middle dot stays anyhow. */
  readonly inner: ":" | "'" | "·" | "";
}

/** Any other language, whether known to Moses or not, has no rules of its own. */
export function languageRules(lang: string, moses: MosesRelease): LanguageRules {
  switch (moses === "2019" && ["ca", "tdt"].includes(lang) ? "" : lang) {
    case "en":
      return { apostrophe: "before", inner: "" };
    case "fr":
    case "it":
    case "ga":
      return { apostrophe: "after", inner: "" };
    case "ca":
      return { apostrophe: "after", inner: "·" };
    case "so":
      return { apostrophe: "never", inner: "" };
    case "tdt":
      return { apostrophe: "never", inner: "'" };
    case "fi":
    case "sv":
      return { apostrophe: "apart", inner: ":" };
    default:
      return { apostrophe: "apart", inner: "" };
  }
}

const WITHOUT_LIST_IN_2019 = ["as", "bn", "et", "gu", "hi", "kn", "ml", "mni", "mr", "or", "pa", "tdt", "te"];

export function languagePrefixes(lang: string, moses: MosesRelease): Prefixes {
  if (moses === "2025") return nonbreakingPrefixes(lang);
  const { always, numericOnly } = nonbreakingPrefixes(WITHOUT_LIST_IN_2019.includes(lang) ? "en" : lang);
  return { always: new Set([...always].filter((word) => word !== "Rs")), numericOnly }; // rupees, English only, came later
}
