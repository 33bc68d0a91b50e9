import { describe, expect, it } from "vitest";
import { createAligner } from "./offsets.js";

/** What each word of a line came from. */
function origins(text: string, line: string): string[] {
  const { starts, ends } = createAligner()(text, line);
  return [...line.matchAll(/\S+/g)].map((word) =>
    text.slice(starts[word.index], ends[word.index + word[0].length - 1]),
  );
}

describe("createAligner", () => {
  it("sees through spaces, case and accents", () => {
    expect(origins("Où est-ÇA ?", "ou est - ca ?")).toEqual(["Où", "est", "-", "ÇA", "?"]);
    expect(origins("ΣΊΣΥΦΟΣ", "σισυφος")).toEqual(["ΣΊΣΥΦΟΣ"]);
    expect(origins("１２３ ㎏", "123 kg")).toEqual(["１２３", "㎏"]);
  });

  it("knows that accents can be characters of their own", () => {
    expect(origins("cafe\u0301s", "cafe s")).toEqual(["cafe\u0301", "s"]);
    expect(origins("caf\u00e9s", "cafe\u0301 s")).toEqual(["caf\u00e9", "s"]);
    // A Hindi word that Moses cuts at its vowel sign.
    expect(origins("वेल्श", "वेल ् श")).toEqual(["वेल", "्", "श"]);
    expect(origins("한국", "한국".normalize("NFD"))).toEqual(["한국"]);
  });

  it("covers what was replaced", () => {
    expect(origins("He said “no”…", 'He said " no " ...')).toEqual(["He", "said", "“", "no", "”", "…"]);
    expect(origins("Tom & Jerry's", "Tom &amp; Jerry &apos;s")).toEqual(["Tom", "&", "Jerry", "'s"]);
    expect(origins("naïve Straße", "NAIVE STRASSE")).toEqual(["naïve", "Straße"]);
    expect(origins("he left.”\n", "he left ”.")).toEqual(["he", "left", ".”"]);
  });

  it("places what came from nowhere between its neighbours", () => {
    const { starts, ends } = createAligner()("ab", "a _ b");
    expect([...starts]).toEqual([0, 1, 1, 1, 1]);
    expect([...ends]).toEqual([1, 1, 1, 1, 2]);
  });

  it("never cuts an emoji", () => {
    expect(origins("ok😀😀!", "ok 😀 😀 !")).toEqual(["ok", "😀", "😀", "!"]);
    expect(origins("👩‍👩‍👧 x", "👩 👩 👧 x")).toEqual(["👩‍", "👩‍", "👧", "x"]);
  });

  it("finds its way back after a long change", () => {
    const rest = "and then they all went home again".split(" ");
    expect(origins(`${"http://example.org/".repeat(5)} ${rest.join(" ")}`, `URL ${rest.join(" ")}`).slice(1)).toEqual(
      rest,
    );
    const long = Array.from({ length: 3000 }, (_, i) => `word${i}`);
    const changed = long.map((word, i) => (i % 50 === 0 ? "@" : word));
    expect(origins(long.join(" "), changed.join("  "))).toEqual(long);
  });

  it("guesses in proportion where nothing is left", () => {
    expect(origins("абвг дежз иклм ноп", "abvg dežz iklm nop".replace("ž", "y"))).toEqual([
      "абвг",
      "дежз",
      "иклм",
      "ноп",
    ]);
  });
});
