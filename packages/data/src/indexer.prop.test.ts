import fc from "fast-check";
import { expect, it } from "vitest";
import { createIndexer, dictionaryFromCounts, indexText, SPECIAL_TOKENS, type Dictionary } from "./index.js";
import { splitWords } from "./words.js";

const SPACES = ["\t", "\v", "\f", "\r", "\x1c", "\x1f", " ", "\x85", "\xa0", "\u1680", "\u2000", "\u200a"];
const MORE_SPACES = ["\u2028", "\u2029", "\u202f", "\u205f", "\u3000"];
/** Like white space, and none: zero width, a byte order mark, what begins with the same bytes. */
const NEARLY = ["\u200b", "\u2027", "\u202e", "\u2060", "\ufeff", "\x84", "\xa1", "\u1681", "\u3001", "\x7f", "\ud800"];

const words = fc.oneof(
  fc.constantFrom(...SPECIAL_TOKENS, ...NEARLY, "a", "b@@", "é", "中", "🌳", "\ufffd"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 3 }),
);
const spaces = fc.constantFrom(...SPACES, ...MORE_SPACES, "");
const lines = fc
  .array(fc.tuple(words, spaces), { maxLength: 20 })
  .map((pieces) => pieces.map(([word, space]) => word + space).join(""));
const dictionaries = fc
  .array(words, { maxLength: 20 })
  .map((some) => dictionaryFromCounts([...new Set(["a", "b@@", "中", ...some])].map((word) => [word, 1] as const)));

/** The definition: Python's words, one by one. */
function defined(line: string, { idOf, unkId }: Dictionary): { ids: number[]; unknown: string[] } {
  const found = splitWords(line).map((word) => ({ word, id: idOf(word) }));
  return {
    ids: found.map(({ id }) => id).filter((id) => id === unkId || id >= SPECIAL_TOKENS.length),
    unknown: found.filter(({ id }) => id === unkId).map(({ word }) => word),
  };
}

it("gives each of Python's words its id, and tells of those that have none", () => {
  fc.assert(
    fc.property(lines, dictionaries, (line, dictionary) => {
      const unknown: string[] = [];
      const indexer = createIndexer(dictionary, { onUnknown: (word) => unknown.push(word) });
      const ids = [...indexer.indexLine(line)];
      expect({ ids, unknown }).toEqual(defined(line, dictionary));
    }),
    { numRuns: 1000 },
  );
});

it("reads bytes as the text they decode to, whatever the bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.tuple(lines, fc.uint8Array({ maxLength: 3 }), fc.nat()).map(([line, wrong, place]) => {
      const right = new TextEncoder().encode(line);
      const at = place % (right.length + 1);
      return Uint8Array.of(...right.subarray(0, at), ...wrong, ...right.subarray(at));
    }),
  );
  fc.assert(
    fc.property(bytes, dictionaries, (line, dictionary) => {
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(line);
      const unknown: string[] = [];
      const indexer = createIndexer(dictionary, { onUnknown: (word) => unknown.push(word) });
      const ids = [...indexer.indexBytes(line)];
      expect({ ids, unknown }).toEqual(defined(text, dictionary));
    }),
    { numRuns: 1000 },
  );
});

it("many lines at once are each by itself, however they come", () => {
  const parts = fc.array(fc.array(lines, { maxLength: 5 }), { maxLength: 4 });
  fc.assert(
    fc.property(parts, dictionaries, (all, dictionary) => {
      const indexer = createIndexer(dictionary);
      for (const some of all) {
        const text = some.map((line) => `${line.replaceAll("\n", " ").replace(/\p{Surrogate}/gu, "?")}\n`);
        const { ids, ends, unknown } = indexer.indexLines(new TextEncoder().encode(text.join("")));
        const found = text.map((_, i) => {
          const own = [...ids.subarray(i === 0 ? 0 : ends[i - 1], ends[i])];
          return {
            ids: own.map((id) => (id < dictionary.size ? id : dictionary.unkId)),
            unknown: own.filter((id) => id >= dictionary.size).map((id) => unknown[id - dictionary.size]),
          };
        });
        expect(ends).toHaveLength(some.length);
        expect(found).toEqual(text.map((line) => defined(line, dictionary)));
      }
    }),
    { numRuns: 500 },
  );
});

it("indexText is its lines one after another", () => {
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 5 }), dictionaries, (all, dictionary) => {
      const each = all.map((line) => defined(line, dictionary));
      const { ids, unkWords } = indexText(all, dictionary);
      expect([...ids]).toEqual(each.flatMap((line) => [...line.ids, dictionary.eosId]));
      const unknown = each.flatMap((line) => line.unknown);
      expect([...unkWords]).toEqual(
        [...new Set(unknown)].map((word) => [word, unknown.filter((other) => other === word).length]),
      );
    }),
  );
});
