import { describe, expect, it } from "vitest";
import { createMosesTokenizer, parsePrefixes } from "./index.js";

const en = createMosesTokenizer("en");
const xx = createMosesTokenizer("xx");

describe("words", () => {
  it("end at signs, but for - and `", () => {
    expect(en('He said: "(A-b) `c` costs $5 & 6%!"')).toBe('He said : " ( A-b ) `c` costs $ 5 & 6 % ! "');
    expect(en("😀a½b")).toBe("😀 a ½ b");
  });

  it("are cut at marks that are no letters, as in Devanagari", () => {
    expect(xx("क्षत्रिय")).toBe("क ् षत ् रिय");
    expect(xx("e\u0301a")).toBe("e ́ a");
  });

  it("keep letters and digits of every plane", () => {
    expect(en("𝔘𝔫,𝟎 𐐨'𐐨 x. 𐐨")).toBe("𝔘𝔫 , 𝟎 𐐨 '𐐨 x. 𐐨");
  });

  it("have one blank between them; a line of white space stays", () => {
    expect(en(" a \u00a0\u3000b\tc\u0085 ")).toBe("a b c");
    expect(en("a\u0001b \u001c c")).toBe("ab c");
    expect(en(" \u00a0 ")).toBe(" \u00a0 ");
    expect(en("")).toBe("");
    expect(en("\u0001")).toBe("");
    expect(en("\ufeffa")).toBe("\ufeff a");
  });
});

describe("full stops", () => {
  it("stay with abbreviations, initialisms, and before a lowercase word", () => {
    expect(en("Mr. Smith of the U.S. Army went home. he slept.")).toBe(
      "Mr. Smith of the U.S. Army went home. he slept .",
    );
    expect(en("See No. 5. No. Yes")).toBe("See No. 5 . No . Yes");
    expect(en("1.5. A 5.a. B -. C")).toBe("1.5 . A 5.a. B - . C");
  });

  it("leave the last word in any case", () => {
    expect(en("by Mr.")).toBe("by Mr .");
    expect(en("in the U.S.")).toBe("in the U.S .");
  });

  it("leave a word that another sign follows", () => {
    expect(en("home.) Mr.: a.!")).toBe("home . ) Mr. : a . !");
    expect(en('"end." x')).toBe('" end . " x');
  });

  it("of two and more are a word", () => {
    expect(en("a...b.. c....")).toBe("a ... b .. c ....");
    expect(en("...,..'..")).toBe("... , .. ' ..");
  });

  it("before a last apostrophe come apart with a blank at the end", () => {
    expect(en("home.'")).toBe("home . ' ");
    expect(en(".'")).toBe(" . ' ");
    expect(xx("home.'")).toBe("home . '");
  });

  it("take a DOTMULTI of the text for theirs", () => {
    expect(en("a DOTMULTI b")).toBe("a . b");
    expect(en("DOTDOTMULTI.DOTMULTI.x ..")).toBe("... ..x ..");
    expect(en("...DOTMULTI.x")).toBe("... .. x");
  });
});

describe("commas", () => {
  it("stay between digits", () => {
    expect(en("5,300, 5,a a,5 ١,٢ Ⅷ,Ⅷ ½,5")).toBe("5,300 , 5 , a a , 5 ١,٢ Ⅷ,Ⅷ ½ , 5");
    expect(en(",5")).toBe(",5");
    expect(en(",a")).toBe(", a");
    expect(en("5,")).toBe("5 ,");
    expect(en(",")).toBe(",");
  });

  it("side by side are told by pairs", () => {
    expect(en("x,,5")).toBe("x , ,5");
    expect(en("1,,5")).toBe("1 , , 5");
    expect(en("x,,,5")).toBe("x , , , 5");
  });
});

describe("apostrophes", () => {
  it("begin a word in English", () => {
    expect(en("don't 'tis x' the 1990's 5'6 5'a")).toBe("don 't ' tis x ' the 1990 's 5 ' 6 5'a");
    expect(en("the dogs'")).toBe("the dogs'"); // nothing on one side
    expect(en("rock'n'roll")).toBe("rock 'n'roll"); // a letter serves one apostrophe only
    expect(en("a''b")).toBe("a ' ' b");
  });

  it("end a word in French, Italian, Irish and Catalan", () => {
    for (const lang of ["fr", "it", "ga", "ca"]) {
      expect(createMosesTokenizer(lang)("l'homme d'5 'a")).toBe("l' homme d ' 5 ' a");
    }
    expect(createMosesTokenizer("ca", { moses: "2019" })("l'home")).toBe("l ' home");
  });

  it("stay in Somali and Tetun, and stand alone elsewhere", () => {
    expect(createMosesTokenizer("so")("gu'ul 'a b'")).toBe("gu'ul ' a b'");
    expect(createMosesTokenizer("tdt")("mak'a'as A'B b'")).toBe("mak'a'as A ' B b '");
    expect(createMosesTokenizer("tdt", { moses: "2019" })("mak'a")).toBe("mak ' a");
    expect(xx("l'homme ''")).toBe("l ' homme ' '");
  });
});

describe("signs inside words", () => {
  it("are the colon in Finnish and Swedish, before lowercase letters", () => {
    for (const lang of ["fi", "sv"]) {
      expect(createMosesTokenizer(lang)("EU:ssa 8:30 a:B x.:y c:")).toBe("EU:ssa 8 : 30 a : B x.:y c :");
    }
  });

  it("is the middle dot in Catalan", () => {
    const ca = createMosesTokenizer("ca");
    expect(ca("il·lusió A· x.·")).toBe("il·lusió A· x.·");
    expect(ca("lÂ·A lÂ·a")).toBe("l Â· A lÂ·a"); // the script looks for the bytes of the dot
  });
});

describe("options", () => {
  it("escape writes entities", () => {
    expect(createMosesTokenizer("en", { escape: true })("<a> & 'b' | \"c\" [d]")).toBe(
      "&lt; a &gt; &amp; &apos; b &apos; &#124; &quot; c &quot; &#91; d &#93;",
    );
  });

  it("aggressive splits at hyphens", () => {
    expect(createMosesTokenizer("en", { aggressive: true })("a-b-c -d e- 5-6")).toBe("a @-@ b @-@ c -d e- 5 @-@ 6");
  });

  it("prefixes replace those of the language", () => {
    const prefixes = parsePrefixes("Foo\nBar #NUMERIC_ONLY#\n");
    expect(createMosesTokenizer("en", { prefixes })("Foo. Mr. Bar. 5 Bar. X")).toBe("Foo. Mr . Bar. 5 Bar . X");
  });

  it("moses 2019 has English abbreviations for Hindi, and no rupees", () => {
    expect(createMosesTokenizer("hi")("Mr. X")).toBe("Mr . X");
    expect(createMosesTokenizer("hi", { moses: "2019" })("Mr. X Rs. X")).toBe("Mr. X Rs . X");
    expect(en("Rs. X")).toBe("Rs. X");
  });
});

it("takes long lines of anything", () => {
  const n = 250_000;
  expect(en(".".repeat(n))).toBe(".".repeat(n));
  expect(en(`DOTMULTI ${".".repeat(n)}`)).toBe(`. ${".".repeat(n)}`);
  expect(en("a".repeat(n))).toBe("a".repeat(n));
  expect(en("!".repeat(n))).toBe("! ".repeat(n).slice(0, -1));
  expect(en("a.!".repeat(n))).toBe("a . ! ".repeat(n).slice(0, -1));
  expect(en("\ud800".repeat(n))).toBe("\ud800 ".repeat(n).slice(0, -1));
});
