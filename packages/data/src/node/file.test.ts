import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { errorOf } from "../../test/helpers.js";
import { createShardWriter, indexText, joinCorpora, openCorpus, parseDictionary, sentenceBatch } from "../index.js";
import { openFile } from "./index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-data-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const at = (name: string): string => path.join(dir, name);
const errorIn = (run: () => unknown): string => errorOf(run).replaceAll(dir, "DIR");

describe("openFile", () => {
  it("reads slices", () => {
    fs.writeFileSync(at("bytes"), Uint8Array.of(1, 2, 3, 4, 5));
    const file = openFile(at("bytes"));
    expect(file.size).toBe(5);
    expect(file.read(1, 3)).toEqual(Uint8Array.of(2, 3, 4));
    expect(file.read(5, 0)).toEqual(new Uint8Array());
    expect(errorIn(() => file.read(3, 3))).toMatchInlineSnapshot(
      `"XLM_DATA DIR/bytes: it ends at byte 5: it had 5 bytes when it was opened, or more were asked for than it has. Fix: leave the file alone while it is read"`,
    );
    file.close();
    expect(errorIn(() => file.read(0, 1))).toContain("XLM_DATA DIR/bytes: it cannot be read (EBADF)");
  });

  it("refuses what is not there, and what is no file", () => {
    expect(errorIn(() => openFile(at("none")))).toMatchInlineSnapshot(
      `"XLM_DATA DIR/none: it cannot be read (ENOENT): there is no such file. Fix: check the path and its permissions"`,
    );
    expect(errorIn(() => openFile(dir))).toMatchInlineSnapshot(
      `"XLM_DATA DIR: it is not a file: a corpus is read from many places of a file, again and again. Fix: check the path"`,
    );
  });

  it("serves a corpus written in shards", () => {
    const dictionary = parseDictionary("the 9\ncat 5\nsat 3\n");
    const lines = Array.from({ length: 50 }, (_, i) => ["the cat", "", "sat the cat sat"][i % 3] as string);
    const writer = createShardWriter(
      dictionary,
      ({ file, pieces }) => {
        const out = fs.openSync(at(file), "w");
        for (const piece of pieces) fs.writeSync(out, piece);
        fs.closeSync(out);
      },
      { name: "train.en", lang: "en", maxIds: 40 },
    );
    for (const line of lines) writer.addLine(line);
    const { manifests } = writer.end();
    expect(manifests.length).toBeGreaterThan(3);
    const files = manifests.map(({ file }) => openFile(at(file)));
    const corpus = joinCorpora(files.map((file, i) => openCorpus(file, manifests[i], dictionary)));
    const all = Int32Array.from(lines.keys());
    expect(sentenceBatch(corpus, all, dictionary)).toEqual(
      sentenceBatch(indexText(lines, dictionary), all, dictionary),
    );
    for (const file of files) file.close();
  });
});
