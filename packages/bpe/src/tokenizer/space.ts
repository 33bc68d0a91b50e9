/** Whether a UTF-16 code unit is white space to Python's `str.split()`, which the original cuts coded lines with. */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x20);
  if (code < 0x85) return false;
  const single = code === 0x85 || code === 0xa0 || code === 0x1680 || code === 0x202f || code === 0x205f;
  return single || (code >= 0x2000 && code <= 0x200a) || code === 0x2028 || code === 0x2029 || code === 0x3000;
}
