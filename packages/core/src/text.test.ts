import { expect, it } from "vitest";
import { isSpace, SPECIAL_TOKENS } from "./index.js";

it("knows the white space of Python", () => {
  // In Python 3.11: [hex(c) for c in range(0x10000) if chr(c).isspace()]
  const ranges = [[0x09, 0x0d], [0x1c, 0x20], [0x85], [0xa0], [0x1680], [0x2000, 0x200a], [0x2028, 0x2029]];
  const expected = [...ranges, [0x202f], [0x205f], [0x3000]].flatMap(([from, to = from]) =>
    Array.from({ length: to! - from! + 1 }, (_, i) => from! + i),
  );
  expect(Array.from({ length: 0x10000 }, (_, code) => code).filter(isSpace)).toEqual(expected);
});

it("has the special tokens of the original in the order of their ids", () => {
  expect(SPECIAL_TOKENS.join(" ")).toMatchInlineSnapshot(
    `"<s> </s> <pad> <unk> <special0> <special1> <special2> <special3> <special4> <special5> <special6> <special7> <special8> <special9>"`,
  );
});
