/**
 * The tokens before the words of every vocabulary, in the order of their ids: `<s>` 0, `</s>` 1, `<pad>` 2, `<unk>` 3,
 * `<special0>` 4 to `<special9>` 13; `<special1>` 5 is the mask (original: data/dictionary.py).
 */
export const SPECIAL_TOKENS: readonly string[] = [
  "<s>",
  "</s>",
  "<pad>",
  "<unk>",
  ...Array.from({ length: 10 }, (_, i) => `<special${i}>`),
];

/**
 * Whether a UTF-16 code unit is white space to Python's `str.split()`, with which the original cuts lines into tokens.
 * JavaScript's `\s` has U+FEFF besides, and lacks U+001C to U+001F and U+0085.
 */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x20);
  if (code < 0x85) return false;
  const single = code === 0x85 || code === 0xa0 || code === 0x1680 || code === 0x202f || code === 0x205f;
  return single || (code >= 0x2000 && code <= 0x200a) || code === 0x2028 || code === 0x2029 || code === 0x3000;
}
