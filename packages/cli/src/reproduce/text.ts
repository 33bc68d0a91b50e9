import fs from "node:fs";
import path from "node:path";
import { DataError } from "@xlm/core";
import { readLines } from "@xlm/data";
import type { ReadLines } from "@xlm/tasks/reproduce";
import { corporaFolder } from "../bible.js";
import { readBytes } from "../files.js";

/**
 * Reads data files by their names, `FILE` or `FILE.gz`.
 * @param dir of `--data`; without, the text that comes with the repository.
 * @throws DataError when the folder is missing.
 */
export function textReader(dir: string | undefined): ReadLines {
  const root = dir ?? path.join(corporaFolder(), "data");
  if (!fs.existsSync(root) || !fs.statSync(root).isDirectory()) {
    throw new DataError({
      what: "there is no such folder",
      why: "--data names the folder that the data sets lie in, such as multi30k and muse",
      fix: "check the path, or leave --data out for a small run on the text that comes along",
      at: { file: root },
    });
  }
  return (name) => {
    const file = path.join(root, ...name.split("/"));
    return readLines(readBytes(file), { file });
  };
}
