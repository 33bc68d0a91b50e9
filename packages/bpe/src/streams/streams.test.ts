import { describe, expect, it } from "vitest";
import { createBpe, learnBpe, countWords } from "../index.js";
import { applyChunks, countChunks, createBpeTransform } from "./streams.js";

const text = "low low lower newest\nlow newer newer wider\n";
const bpe = createBpe(learnBpe(countWords(text), 5));
const utf8 = (parts: readonly Uint8Array[]): string => new TextDecoder().decode(Buffer.concat(parts));

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe("applyChunks", () => {
  it("codes text cut anywhere", async () => {
    expect(utf8(await all(applyChunks(bpe, ["low lo", "wer", " new"])))).toBe("low lo@@ w@@ er n@@ e@@ w");
    expect(utf8(await all(applyChunks(bpe, ["low lo", "wer", " new"], { lastWord: "drop" })))).toBe("low lo@@ w@@ er ");
    expect(utf8(await all(applyChunks(bpe, ["  low  lo", "wer \n", "\n new"], { spaces: "collapse" })))).toBe(
      "low lo@@ w@@ er\n\nn@@ e@@ w\n",
    );
  });

  it("reads Web streams, also where they cannot be iterated over, and cancels what nobody reads on", async () => {
    const log: string[] = [];
    const parts = ["low lo", "wer", " low"];
    const stream = new ReadableStream<string>({
      pull: (controller) => (parts.length > 0 ? controller.enqueue(parts.shift()!) : controller.close()),
      cancel: () => void log.push("cancelled"),
    });
    // As older browsers have it.
    const bare = { getReader: () => stream.getReader() } as ReadableStream<string>;
    for await (const bytes of applyChunks(bpe, bare)) {
      expect(utf8([bytes])).toBe("low ");
      break;
    }
    expect(log).toEqual(["cancelled"]);
    expect(utf8(await all(applyChunks(bpe, new Response("low lower").body!)))).toBe("low lo@@ w@@ er");
    const bareBody = new Response("low lower").body!;
    const again = { getReader: () => bareBody.getReader() } as ReadableStream<Uint8Array>;
    expect(utf8(await all(applyChunks(bpe, again)))).toBe("low lo@@ w@@ er");
  });

  it("joins a character that two strings share, which neither has a UTF-8 form for", async () => {
    // The second half of 🐍, U+DC0D, and that of 💍, U+DC8D: the latter would stand for the byte 0x8D on its own.
    for (const character of ["🐍", "💍"]) {
      const [high, low] = [character.slice(0, 1), character.slice(1)];
      expect(utf8(await all(applyChunks(bpe, [`a ${high}`, "", `${low} b`])))).toBe(`a ${character} b`);
    }
  });

  it("says when a string ends in half a character", async () => {
    await expect(all(applyChunks(bpe, ["a \ud83d"]))).rejects.toThrow(/half a character, the lone surrogate U\+D83D/);
    await expect(all(applyChunks(bpe, ["a \ud83d", Uint8Array.of(0x62)]))).rejects.toThrow(/U\+D83D/);
    const replaced = await all(applyChunks(bpe, ["a \ud83d", "b \udc8d"], { invalidUtf8: "replace" }));
    expect(utf8(replaced)).toBe("a \ufffd@@ b \ufffd");
  });

  it("refuses invalid bytes with their line, also when a character is cut", async () => {
    const chunks = [Uint8Array.of(0x61, 0x0a, 0xe2), Uint8Array.of(0x82), Uint8Array.of(0x20)];
    const refused = all(applyChunks(bpe, chunks, { invalidUtf8: "refuse", file: "feed" }));
    await expect(refused).rejects.toMatchObject({ code: "XLM_DATA", at: { file: "feed", line: 2 } });
    expect(utf8(await all(applyChunks(bpe, chunks, { invalidUtf8: "replace" })))).toBe("a\n\ufffd ");
    const whole = [Uint8Array.of(0xe2), Uint8Array.of(0x82), Uint8Array.of(0xac)];
    expect(utf8(await all(applyChunks(bpe, whole, { invalidUtf8: "refuse" })))).toBe("€");
  });
});

describe("createBpeTransform", () => {
  it("codes a Web stream", async () => {
    const source = new Blob([text]).stream();
    const coded = await new Response(source.pipeThrough(createBpeTransform(bpe)) as ReadableStream).text();
    expect(coded).toBe(bpe.applyText(text));
  });

  it("makes the stream fail on text that is refused", async () => {
    const source = new Blob([Uint8Array.of(0xff)]).stream();
    const coded = source.pipeThrough(createBpeTransform(bpe, { invalidUtf8: "refuse" }));
    await expect(all(coded)).rejects.toMatchObject({ code: "XLM_DATA" });
  });
});

describe("countChunks", () => {
  it("counts words cut anywhere", async () => {
    const counter = await countChunks(["low lo", "wer low", " ne", "w"]);
    expect([...counter.counts()]).toEqual([
      ["low", 2],
      ["lower", 1],
      ["new", 1],
    ]);
    expect((await countChunks(["a b"], { lastWord: "drop" })).counts()).toEqual(new Map([["a", 1]]));
  });
});
