import { XlmError } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countWords,
  createBpe,
  createWordCounter,
  formatCodes,
  formatVocab,
  learnBpe,
  parseCodes,
  parseVocab,
} from "./index.js";

const text = "low low lower newest é\u00e9t\u00e9 😀😀 low\nnewer wider 中文 中文\n";
const learned = learnBpe(countWords(text), 12);
const good = {
  text: new TextEncoder().encode(text),
  codes: formatCodes(learned),
  vocab: formatVocab(countWords(createBpe(learned).applyText(text))),
};

/** A few bytes of a good file changed, left out or put in. */
const mutated = (file: Uint8Array) =>
  fc
    .array(
      fc.tuple(fc.nat(file.length), fc.nat(3), fc.oneof(fc.constantFrom(0, 0x0a, 0x0d, 0x20, 0xff), fc.nat(255))),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    .map((changes) => {
      const bytes = [...file];
      for (const [at, remove, byte] of changes) bytes.splice(at, remove, byte);
      return Uint8Array.from(bytes);
    });

/** The result, or the code of the typed error; every other error is passed on. */
function attempt<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof XlmError) return `${error.code} ${error.at?.line}`;
    throw error;
  }
}

describe("mutated files give a result or a typed error, the same in both engines", () => {
  const same = (work: (engine: "wasm" | "js") => unknown): unknown => {
    const wasm = attempt(() => work("wasm"));
    expect(attempt(() => work("js"))).toEqual(wasm);
    return wasm;
  };

  it("codes", () => {
    fc.assert(
      fc.property(mutated(good.codes), (codes) => {
        const outcome = same((engine) => createBpe(codes, { engine }).applyText(good.text));
        expect(typeof outcome === "string").toBe(typeof attempt(() => parseCodes(codes)) === "string");
      }),
    );
  });

  it("vocabularies", () => {
    fc.assert(
      fc.property(mutated(good.vocab), (vocab) => {
        const outcome = same((engine) => createBpe(learned, { vocab, engine }).applyText(good.text));
        expect(typeof outcome === "string").toBe(typeof attempt(() => parseVocab(vocab)) === "string");
      }),
    );
  });

  it("text", () => {
    fc.assert(
      fc.property(mutated(good.text), (content) => {
        expect(typeof same((engine) => createBpe(learned, { engine }).applyText(content))).toBe("object");
        same((engine) => [...countWords(content, { engine })]);
        same(() => formatCodes(learnBpe(countWords(content), 9)));
      }),
    );
  });

  it("dumps of counters", () => {
    const counter = createWordCounter();
    counter.push(text);
    fc.assert(
      fc.property(mutated(counter.dump()), (dump) => {
        same((engine) => {
          const other = createWordCounter({ engine });
          other.add(dump);
          return [...other.counts()];
        });
      }),
    );
  });
});
