import fs from "node:fs";
import path from "node:path";
import { sha256Hex } from "@xlm/core";
import { writeFileAtomic } from "@xlm/checkpoint";
import { dictionaryHash } from "@xlm/data";
import { MANIFEST, pickRules } from "../data-folder.js";
import { renderPage } from "./page.js";
import type { Recipe } from "./recipe.js";
import { REPORT, STATISTICS, type Prepared } from "./run.js";
import { namedSides } from "./text.js";

/** What `xlm train` reads: which files, codes and vocabulary belong together. */
function manifestOf({ codes, dictionary, texts }: Prepared, recipe: Recipe): unknown {
  const corpora = texts.flatMap(({ set, sides }) =>
    sides.flatMap(({ shards }) =>
      shards.map((shard) => ({ split: set.split, ...shard, mono: set.sides.length === 1 })),
    ),
  );
  const pairs = texts.filter(({ sides }) => sides.length === 2);
  return {
    format: "xlm-data",
    version: 1,
    ...pickRules(recipe),
    codes: { sha256: sha256Hex(codes) },
    vocab: { sha256: dictionaryHash(dictionary), size: dictionary.size },
    corpora,
    pairs: pairs.map(({ set, sides }) => ({
      split: set.split,
      langs: sides.map(({ lang }) => lang),
      files: sides.map(({ shards }) => shards.map(({ file }) => file)),
    })),
  };
}

/** Writes the statistics, the report and, last, the manifest: now it is a folder to train on. What is as it should be is left alone. */
export function writeSummaries(dir: string, prepared: Prepared, recipe: Recipe): void {
  const { dictionary, texts } = prepared;
  const statistics = {
    vocabulary: dictionary.size,
    texts: namedSides(texts).map(({ name, split, side }) => ({ text: name, split, ...side.statistics })),
  };
  writeChanged(path.join(dir, STATISTICS), json(statistics));
  writeChanged(path.join(dir, REPORT), renderPage(prepared, recipe));
  writeChanged(path.join(dir, MANIFEST), json(manifestOf(prepared, recipe)));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function writeChanged(file: string, content: string): void {
  if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === content) return;
  writeFileAtomic(file, new TextEncoder().encode(content));
}
