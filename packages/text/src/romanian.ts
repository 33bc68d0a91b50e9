const COMMA_BELOW: Readonly<Record<string, string>> = { Ş: "Ș", ş: "ș", Ţ: "Ț", ţ: "ț" };

/**
 * Writes Romanian `Ș ș Ț ț` with the comma below that belongs there in place of the cedilla of older character sets
 * (`normalise-romanian.py` of wmt16-scripts). Decomposed letters are left alone.
 */
export const normalizeRomanian = (line: string): string => line.replace(/[ŞşŢţ]/g, (char) => COMMA_BELOW[char]!);

// prettier-ignore
const BARE: Readonly<Record<string, string>> = {
  Ș: "S", ș: "s", Ț: "T", ț: "t", Ă: "A", ă: "a", Â: "A", â: "a", Î: "I", î: "i",
};

/**
 * Takes the diacritics off the five Romanian letters that have one (`remove-diacritics.py` of wmt16-scripts). Those
 * with a cedilla stay: `normalizeRomanian` comes first.
 */
export const removeRomanianDiacritics = (line: string): string => line.replace(/[ȘșȚțĂăÂâÎî]/g, (char) => BARE[char]!);
