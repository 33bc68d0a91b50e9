import { describe, expect, it } from "vitest";
import { normalizePunctuation, removeNonPrinting, replaceUnicodePunctuation } from "./index.js";

describe("replaceUnicodePunctuation", () => {
  it("writes East Asian punctuation in ASCII, with one blank behind a full stop", () => {
    expect(replaceUnicodePunctuation("你好，世界。   １００％！")).toBe("你好,世界. 100%!");
    expect(replaceUnicodePunctuation("『「《〈【x】〉》」』")).toBe('『""<[x]>""』'); // not all of it
  });

  it("takes the curls off double quotes and apostrophes", () => {
    expect(replaceUnicodePunctuation("“It’s…”")).toBe('"It\'s..."');
    expect(replaceUnicodePunctuation("‘a’ „b”")).toBe("‘a' „b\"");
  });

  it('follows the scripts of 2019, where １ is "', () => {
    expect(replaceUnicodePunctuation("１２", { moses: "2019" })).toBe('"2');
  });
});

describe("normalizePunctuation", () => {
  const en = (line: string): string => normalizePunctuation(line, "en");
  const fr = (line: string): string => normalizePunctuation(line, "fr");

  it("puts blanks outside of brackets and none inside", () => {
    expect(en("a( b )c , ( d ) .")).toBe("a (b) c , (d).");
    expect(en("5 % of it : that ; this")).toBe("5% of it: that; this");
  });

  it("writes quotes and dashes in one way", () => {
    expect(en("``a´´ „b“ ‚c‘ don‘t d—e–f…")).toBe(' " a" "b" \'c\' don\'t d - e-f...');
    expect(en("a’b’c")).toBe("a'b\"c"); // a letter serves one apostrophe only
  });

  it("gives French quotes and their no-break spaces up", () => {
    expect(fr("«\u00a0Oui\u00a0!\u00a0» dit-il\u00a0; 5\u00a0%, 20\u00a0ºC, nº\u00a01, 3\u00a0cm")).toBe(
      '"Oui!" dit-il; 5%, 20 ºC, nº 1, 3 cm',
    );
  });

  it("sets a mark between digits that a no-break space divides, the reverse of what one expects", () => {
    expect(en("1\u00a0000\u00a0000")).toBe("1.000.000");
    expect(fr("1\u00a0000")).toBe("1,000");
    expect(en("1\u00a02\u00a03")).toBe("1.2\u00a03"); // a digit serves one mark only
  });

  it("moves commas and full stops before the quote in English, behind it elsewhere, nowhere in Czech", () => {
    expect(en('"a", "b".')).toBe('"a," "b."');
    expect(fr('"a," "b. "c')).toBe('"a", "b. "c');
    expect(fr('"b." c')).toBe('"b". c');
    expect(normalizePunctuation('"a", "b." c', "cs")).toBe('"a", "b." c');
  });

  it("moves a last full stop only if a line end follows, and never one before <", () => {
    expect(fr('x.."')).toBe('x"..');
    expect(normalizePunctuation('x.."', "fr", { newline: false })).toBe('x.."');
    expect(normalizePunctuation('x." ', "fr", { newline: false })).toBe('x". ');
    expect(fr('x."<b>')).toBe('x."<b>');
    expect(fr('x." <b>')).toBe('x". <b>');
    expect(fr('x." ."y')).toBe('x". ."y'); // what a match has taken in is out of reach for the next
  });

  it("knows ASCII only where its rules say letter, digit or space", () => {
    expect(en("é‘é ٣\u00a0٣")).toBe("é'é ٣\u00a0٣");
    expect(fr('x."\u2003<')).toBe('x".\u2003<');
  });

  it("drops carriage returns", () => {
    expect(en("a\rb \r c")).toBe("ab c");
  });

  it("makes double quotes of ‘ and ‚ as the scripts did in 2019", () => {
    expect(normalizePunctuation("‚a‘", "de", { moses: "2019" })).toBe('"a"');
    expect(normalizePunctuation("don‘t", "en", { moses: "2019" })).toBe("don't");
  });
});

describe("removeNonPrinting", () => {
  it("puts a space in the place of controls, formats and what Unicode 14 does not know", () => {
    expect(removeNonPrinting("a\tb\u00adc\u200dd\ufeffe\ue000f\0g")).toBe("a b c d e f g");
    expect(removeNonPrinting("👩\u200d🚀.\ud800.\u{1fae8}.\u{10ffff}")).toBe("👩 🚀. . . ");
    expect(removeNonPrinting("x\u00a0é中\u{1f680}")).toBe("x\u00a0é中\u{1f680}");
  });
});
