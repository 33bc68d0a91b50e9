import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeRomanian, removeRomanianDiacritics } from "./romanian.js";

describe("Romanian", () => {
  it("puts commas in the place of cedillas", () => {
    expect(normalizeRomanian("Ţara şi ŞTIINŢA, ță")).toBe("Țara și ȘTIINȚA, ță");
  });

  it("takes off diacritics, but not cedillas", () => {
    expect(removeRomanianDiacritics("Țară, șanț, Înălțime, ÂÎĂâîă")).toBe("Tara, sant, Inaltime, AIAaia");
    expect(removeRomanianDiacritics("ş é")).toBe("ş é");
  });

  it("leaves decomposed letters alone, as the scripts do", () => {
    const decomposed = "ţă".normalize("NFD");
    expect(removeRomanianDiacritics(normalizeRomanian(decomposed))).toBe(decomposed);
  });

  const line = fc.string({ unit: fc.constantFrom(..."ȘșȚțĂăÂâÎîŞşŢţaSt é\u0327😀\ud83d") });
  it("changes letters one by one, and nothing the second time", () => {
    fc.assert(
      fc.property(line, (text) => {
        const clean = (part: string): string => removeRomanianDiacritics(normalizeRomanian(part));
        expect(clean(text)).toBe([...text].map(clean).join(""));
        expect(clean(clean(text))).toBe(clean(text));
        expect(clean(text)).not.toMatch(/[ȘșȚțĂăÂâÎîŞşŢţ]/);
      }),
    );
  });
});
