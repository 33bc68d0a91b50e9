/**
 * Abbreviations by language. The sets agree, word for word, with those of the Moses decoder
 * (moses-smt/mosesdecoder, commit 34452895, `scripts/share/nonbreaking_prefixes`, LGPL-2.1); the packing, the order,
 * the subjects and what languages share are ours. Nothing is corrected: doubtful entries, among them those with
 * spaces inside, which no token can equal, are kept.
 */
import { lt, lv } from "./baltic.js";
import { ga } from "./celtic.js";
import { de, en, is, nl, sv } from "./germanic.js";
import { el } from "./greek.js";
import { bn, gu, hi, kn, ml, mni, mr, or, pa, ta, te } from "./indic.js";
import { zh } from "./other.js";
import { ca, es, fr, it, pt, ro, tdt } from "./romance.js";
import { cs, pl, ru, sk, sl } from "./slavic.js";
import type { PrefixTable } from "./table.js";
import { fi, hu } from "./uralic.js";

/** @internal Every language with abbreviations of its own. */
export const PREFIX_TABLES: ReadonlyMap<string, PrefixTable> = new Map(
  // prettier-ignore
  Object.entries({
    as: bn, bn, ca, cs, de, el, en, es, et: fi, fi, fr, ga, gu, hi, hu, is, it, kn, lt, lv, ml, mni, mr, nl, or, pa,
    pl, pt, ro, ru, sk, sl, sv, ta, tdt, te, yue: zh, zh,
  }),
);
