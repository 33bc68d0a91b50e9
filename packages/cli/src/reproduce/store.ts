import fs from "node:fs";
import path from "node:path";
import { listCheckpoints, writeFileAtomic } from "@xlm/checkpoint";
import { FormatError } from "@xlm/core";
import type { LabStore } from "@xlm/tasks/reproduce";
import { loadModel, loadTrainer, saveModel, saveTrainer } from "@xlm/trainer";

/** Keeps the work of a reproduction in a folder: JSON files, models and training runs under their names. */
export function folderStore(dir: string): LabStore {
  const at = (name: string): string => path.join(dir, ...name.split("/"));
  const isThere = (folder: string): boolean => fs.existsSync(folder) && listCheckpoints(folder).length > 0;
  return {
    readJson: (name) => {
      const file = `${at(name)}.json`;
      if (!fs.existsSync(file)) return undefined;
      try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as unknown;
      } catch (cause) {
        throw new FormatError({
          what: `it is not JSON (${(cause as Error).message})`,
          why: "a result that was found before is read back from it",
          fix: "delete the file; its result is computed again",
          at: { file },
          cause,
        });
      }
    },
    writeJson: (name, value) => {
      const file = `${at(name)}.json`;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      writeFileAtomic(file, new TextEncoder().encode(`${JSON.stringify(value)}\n`));
    },
    readTrainer: (name) => (isThere(at(name)) ? loadTrainer(at(name)).state : undefined),
    writeTrainer: (name, state) => void saveTrainer(at(name), state, { keep: 2 }),
    drop: (name) => fs.rmSync(at(name), { recursive: true, force: true }),
    readModel: (name) => (isThere(at(name)) ? loadModel(at(name)).model : undefined),
    writeModel: (name, model) => void saveModel(at(name), model, { keep: 1 }),
  };
}
