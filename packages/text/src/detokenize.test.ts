import { describe, expect, it } from "vitest";
import { detokenize } from "./detokenize.js";

describe("detokenize", () => {
  it("puts punctuation and quotes where people write them", () => {
    expect(detokenize(`He said : " It 's 5 % ( of $ 3 ) . "`, "en")).toBe(`He said: "It's 5% (of $3)."`);
  });

  it.each([
    ["en", "the Jones ' house , don 't ' em", "the Jones' house, don't 'em"],
    ["de", "don 't", "don 't"],
    ["fr", "l' homme n' est-il pas là ? 5 %", "l'homme n'est-il pas là ? 5 %"],
    ["it", "dell' arte , l' 8", "dell'arte, l' 8"],
    ["cs", "3 , 5 je - li to e - mail : „ ano “", "3,5 je-li to e-mail: „ano“"],
    ["fi", "EU : SSA , EU : ssa ja EU : iin", "EU: SSA, EU:ssa ja EU: iin"],
    ["zh", "我们 知道 XLM 。 很 好", "我们知道 XLM 。很好"],
    ["ko", "우리 는 안다 .", "우리 는 안다."],
    ["xx", "a @-@ b ¿ c ? « d »", "a-b ¿c? « d »"],
  ])("has rules for %s", (lang, tokens, text) => {
    expect(detokenize(tokens, lang)).toBe(text);
  });

  it("takes quotes for opening and closing in turn, each kind by itself, anew in every line", () => {
    expect(detokenize(`" a ' b ' " c "`, "de")).toBe(`"a 'b'" c "`);
    expect(detokenize(`5 " and 6 " wide`, "en")).toBe(`5 "and 6" wide`);
  });

  it("turns entities into characters unless told not to", () => {
    expect(detokenize("R &amp; D &lt; &amp;lt; &#91; &bar;", "en")).toBe("R & D < &lt; [|");
    expect(detokenize("R &amp; D", "en", { unescape: false })).toBe("R &amp; D");
  });

  it("capitalizes behind punctuation only", () => {
    const capital = (line: string): string => detokenize(line, "en", { capitalize: true });
    expect(capital(`" ( élan`)).toBe(`"(Élan`);
    expect(capital("ßa")).toBe("SSa");
    expect(capital("3 apples")).toBe("3 apples");
    expect(capital("हि")).toBe("हि");
    expect(capital("...")).toBe("...");
  });

  it("leaves markup and white space as they are", () => {
    for (const line of ["", "  ", "\u0085\u3000", "<seg id = 1 > a </seg>"]) expect(detokenize(line, "en")).toBe(line);
    expect(detokenize("\ufeff ", "en")).toBe("\ufeff");
  });

  it("goes by Unicode 14.0", () => {
    expect(detokenize("\u20c0 5 \u20c1 5", "en")).toBe("\u20c05 \u20c1 5"); // the second currency sign is of 2025
    expect(detokenize("\u2e5e a", "en", { capitalize: true })).toBe("\u2e5e a");
  });
});
