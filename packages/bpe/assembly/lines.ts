// Lines of a table: fields between runs of spaces. A carriage return before the newline is left out.

let at0: usize = 0;
let size0: usize = 0;
let at1: usize = 0;
let size1: usize = 0;
let at2: usize = 0;
let size2: usize = 0;

/** Address of field 0, 1 or 2 of the line that was split last. */
export function fieldAt(i: u32): usize {
  return i == 0 ? at0 : i == 1 ? at1 : at2;
}

export function fieldSize(i: u32): usize {
  return i == 0 ? size0 : i == 1 ? size1 : size2;
}

/** Splits the line `[p, end)`. Returns the number of fields, of which the first three are kept. */
export function splitFields(p: usize, end: usize): u32 {
  if (end > p && load<u8>(end - 1) == 0x0d) end--;
  let n: u32 = 0;
  while (true) {
    while (p < end && load<u8>(p) == 0x20) p++;
    if (p == end) return n;
    const from = p;
    while (p < end && load<u8>(p) != 0x20) p++;
    if (n == 0) {
      at0 = from;
      size0 = p - from;
    } else if (n == 1) {
      at1 = from;
      size1 = p - from;
    } else if (n == 2) {
      at2 = from;
      size2 = p - from;
    }
    n++;
  }
}

/** The next newline from `p` on, or `end`. */
export function lineEnd(p: usize, end: usize): usize {
  while (p < end && load<u8>(p) != 0x0a) p++;
  return p;
}

export function countLines(p: usize, n: usize): u32 {
  let lines: u32 = 1;
  for (let i: usize = 0; i < n; i++) if (load<u8>(p + i) == 0x0a) lines++;
  return lines;
}

/** Whether a field is digits, with or without a sign ahead. */
export function isWhole(p: usize, n: usize, plus: bool): bool {
  const sign: u32 = load<u8>(p);
  let i: usize = sign == 0x2d || (plus && sign == 0x2b) ? 1 : 0;
  if (i == n) return false;
  for (; i < n; i++) if (<u32>load<u8>(p + i) - 0x30 > 9) return false;
  return true;
}
