import { DataError } from "@xlm/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createLineReader, createLineSplitter, readLines, type ReadOptions } from "./index.js";

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

/** What comes of a file in such pieces: lines, or an error. */
function outcome(pieces: readonly Uint8Array[], options: ReadOptions): unknown {
  const reader = createLineReader(options);
  try {
    const lines = pieces.flatMap((piece) => reader.push(piece));
    return { lines: [...lines, ...reader.end()], nReplaced: reader.nReplaced };
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  }
}

/** Bytes at which readers go wrong: halves of characters, of line ends and of marks. */
const nasty = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom("\n", "\r", "\r\n", "\n\n", " ", "a", "é", "中", "🌳", "\ufeff"), weight: 8 },
      { arbitrary: fc.constantFrom("\0", "\xff\xfe", "long long line"), weight: 1 },
    ),
    { maxLength: 20 },
  )
  .map((parts) => new TextEncoder().encode(parts.join("")));
const files = fc.oneof(
  { arbitrary: nasty, weight: 4 },
  {
    arbitrary: fc.tuple(nasty, fc.uint8Array({ maxLength: 4 }), fc.nat()).map(([text, wrong, place]) => {
      const at = place % (text.length + 1);
      return Uint8Array.of(...text.subarray(0, at), ...wrong, ...text.subarray(at));
    }),
    weight: 2,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom([0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf], [0xef, 0xbb]), nasty)
      .map(([mark, text]) => Uint8Array.of(...mark, ...text)),
    weight: 1,
  },
);
const settings: fc.Arbitrary<ReadOptions> = fc.record({
  maxLineBytes: fc.constantFrom(3, 8, 1000),
  invalidUtf8: fc.constantFrom("refuse", "replace"),
  cr: fc.constantFrom("ends", "stays"),
});

it("how a file is cut changes nothing: neither lines, nor the error, nor its line", () => {
  fc.assert(
    fc.property(files, fc.array(fc.nat(8)), settings, (bytes, cuts, options) => {
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const length of cuts) {
        const buffer = bytes.slice(at, at + length); // its own, and overwritten below
        pieces.push(buffer);
        at += buffer.length;
      }
      pieces.push(bytes.subarray(at));
      const whole = outcome([bytes], options);
      expect(outcome(pieces, options)).toEqual(whole);
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(outcome(single, options)).toEqual(whole);
    }),
    { numRuns: 2000 },
  );
});

it("keeps nothing of the caller's buffer", () => {
  const text = new TextEncoder().encode("één\r\ntwee\n🌳 drie");
  const reader = createLineReader();
  const buffer = new Uint8Array(2);
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += 2) {
    buffer.set(text.subarray(at, at + 2));
    lines.push(...reader.push(buffer.subarray(0, Math.min(2, text.length - at))));
    buffer.fill(0);
  }
  expect([...lines, ...reader.end()]).toEqual(["één", "twee", "🌳 drie"]);
});

it("replacing gives what decoding leniently gives, and as many lines", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (wrong) => {
      const bytes = Uint8Array.of(0x61, 10, ...wrong);
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).replaceAll("\0", "\ufffd");
      const lines = text.split(/\r\n|\r|\n/);
      if (lines.at(-1) === "") lines.pop();
      expect(readLines(bytes, { invalidUtf8: "replace" })).toEqual(lines);
    }),
  );
});

it("a splitter counts the lines that a reader gives", () => {
  fc.assert(
    fc.property(files, fc.nat(30), settings, (bytes, cut, options) => {
      const reader = createLineReader(options);
      const splitter = createLineSplitter(options);
      try {
        for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
          const chunks = splitter.push(piece);
          expect(chunks.reduce((sum, { nLines }) => sum + nLines, 0)).toBe(reader.push(piece).length);
        }
        const chunks = splitter.end();
        expect(chunks.map(({ nLines }) => nLines)).toEqual(reader.end().map(() => 1));
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
  );
});
