import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBytes } from "../bytes.js";
import { createBpe, countWords, learnBpe } from "../index.js";
import { applyChunks, countChunks } from "./streams.js";

const unit = fc.constantFrom("a", "b", "c", "é", "💍", "😀", "\udc80", "\udcc3", "\0", "\r", " ", " ", "\n");
const text = fc.string({ unit, maxLength: 60 });
const bpe = createBpe(learnBpe(countWords("ab ab abc é💍 é💍 😀a 😀a caé caé \u0000b \u0000b"), 8));

/** Cuts at any index, within characters and words too. */
const cut = <T extends string | Uint8Array>(whole: T, places: readonly number[]): T[] => {
  const sorted = [0, ...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return sorted.slice(1).map((to, i) => whole.slice(sorted[i], to) as T);
};
const join = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
};

const places = fc.array(fc.nat(200), { maxLength: 6 });
const policy = fc.constantFrom("keep", "replace" as const);
const spaces = fc.constantFrom("keep", "collapse" as const);
const lastWord = fc.constantFrom("keep", "drop" as const);

describe("chunks", () => {
  it("change no byte of what is coded: strings", async () => {
    await fc.assert(
      fc.asyncProperty(text, places, policy, spaces, lastWord, async (whole, at, invalidUtf8, how, last) => {
        const options = { invalidUtf8, spaces: how, lastWord: last } as const;
        expect(await join(applyChunks(bpe, cut(whole, at), options))).toEqual(
          await join(applyChunks(bpe, [whole], options)),
        );
      }),
    );
  });

  it("change no byte of what is coded: bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        places,
        policy,
        spaces,
        async (whole, at, invalidUtf8, how) => {
          const options = { invalidUtf8, spaces: how } as const;
          expect(await join(applyChunks(bpe, cut(whole, at), options))).toEqual(
            await join(applyChunks(bpe, [whole], options)),
          );
        },
      ),
    );
  });

  it("agree with coding the whole text", async () => {
    await fc.assert(
      fc.asyncProperty(text, places, lastWord, async (whole, at, last) => {
        const coded = await join(applyChunks(bpe, cut(whole, at), { lastWord: last }));
        expect(coded.toString("latin1")).toBe(
          Buffer.from(bpe.applyText(toBytes(whole), { lastWord: last })).toString("latin1"),
        );
      }),
    );
  });

  it("change no count", async () => {
    await fc.assert(
      fc.asyncProperty(text, places, lastWord, async (whole, at, last) => {
        const counter = await countChunks(cut(whole, at), { lastWord: last });
        expect([...counter.counts()]).toEqual([...countWords(whole, { lastWord: last })]);
      }),
    );
  });
});
