import fc from "fast-check";
import { expect, it } from "vitest";
import { readLines } from "./index.js";

it("reads back every line of every text, whatever ends the lines", () => {
  const line = fc.string({ unit: "binary" }).map((text) => text.replace(/[\0\n\r]/g, ""));
  const ends = fc.constantFrom("\n", "\r\n", "\r");
  fc.assert(
    fc.property(fc.array(line), ends, (lines, end) => {
      const text = ["first", ...lines].map((one) => one + end).join("");
      expect(readLines(new TextEncoder().encode(text))).toEqual(["first", ...lines]);
    }),
  );
});

it("gives lines or a typed error, whatever the bytes, and leaves them alone", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const before = bytes.slice();
      try {
        const lines = readLines(bytes);
        expect(lines.join("\n")).not.toMatch(/[\r\0]/);
      } catch (error) {
        expect(error).toMatchObject({ code: "XLM_DATA", at: { file: "text" } });
      }
      expect(bytes).toEqual(before);
    }),
  );
});
