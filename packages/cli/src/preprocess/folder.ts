import fs from "node:fs";
import path from "node:path";
import { decide, filesOf, orphans, type Decision, type From } from "./plan.js";
import { formatState, isIntact, readState, STATE, writeState, type Part, type Piece, type State } from "./state.js";
import type { Survey } from "./survey.js";

export const WORK = "work";

/** A folder of preprocessed text that is being brought up to date. */
export interface Folder {
  readonly dir: string;
  /** What was known of an input file by the last run. */
  survey(file: string): Survey | undefined;
  /** What is known of it now. From the first change on it is written down with everything else. */
  setSurvey(file: string, survey: Survey): void;
  /** What would have to be done for a piece. */
  decide(name: string, from: From): Decision;
  /**
   * Brings a piece up to date: keeps it, or makes what is missing of it. Every part is on record as soon as `make` yields it.
   * @param make is given the parts there are and yields the others.
   */
  bring(name: string, from: From, make: (have: readonly Part[]) => AsyncIterable<Part>): Promise<Piece>;
  /** Leaves a piece as it is, on record if it was. */
  retain(name: string): void;
  /** Removes files of ours that no piece has any more, and returns their names. The state is written if it changed. */
  finish(): string[];
}

export interface FolderOptions {
  /** Whether files that were written are compared by hash rather than by size. */
  verify: boolean;
  /** Told before a piece is worked on. */
  onMake?: (name: string, decision: Decision) => void;
  /** Files that are about the pieces as a whole: removed when the first of them changes. */
  summaries: readonly string[];
}

/** @throws what `readState` throws. Nothing is written before a piece has to be made. */
export function openFolder(dir: string, options: FolderOptions): Folder {
  const { pieces: before, inputs: knownInputs } = readState(dir);
  const inputs: State["inputs"] = {};
  const pieces: State["pieces"] = {};
  const nameOf = (file: string): string => path.relative(dir, file).replaceAll(path.sep, "/");
  const at = (file: string): string => path.join(dir, file);
  const intact = (file: Parameters<typeof isIntact>[1]): boolean => isIntact(dir, file, options.verify);
  const state = (): State => ({ format: "xlm-preprocess", version: 1, inputs, pieces });
  // Pieces that were not looked at yet are kept on record until the end: a killed run must not forget them.
  const save = (): void => writeState(dir, { ...state(), pieces: { ...before, ...pieces } });
  let changed = false;
  const change = (): void => {
    if (changed) return;
    changed = true;
    fs.mkdirSync(at(WORK), { recursive: true });
    save();
    for (const file of options.summaries) fs.rmSync(at(file), { force: true });
  };
  return {
    dir,
    survey: (file) => knownInputs[nameOf(file)],
    setSurvey: (file, survey) => void (inputs[nameOf(file)] = survey),
    decide: (name, from) => decide(from, before[name], intact),
    async bring(name, from, make) {
      const decision = decide(from, before[name], intact);
      if (decision.do === "keep") return (pieces[name] = before[name] as Piece);
      options.onMake?.(name, decision);
      const parts = decision.do === "go on" ? [...decision.parts] : [];
      const piece: Piece = { from: { ...from }, finished: false, parts };
      pieces[name] = piece;
      if (changed && before[name]) save(); // before its files are written over: the old record no longer holds
      change();
      for await (const part of make([...parts])) {
        parts.push(part);
        save();
      }
      piece.finished = true;
      save();
      return piece;
    },
    retain(name) {
      if (before[name]) pieces[name] = before[name];
    },
    finish() {
      const present = ["", WORK].flatMap((folder) =>
        fs.existsSync(at(folder)) ? fs.readdirSync(at(folder)).map((file) => path.posix.join(folder, file)) : [],
      );
      const gone = orphans(present, before, pieces);
      if (gone.length > 0 || Object.keys(before).some((name) => !pieces[name])) change();
      for (const file of gone) fs.rmSync(at(file));
      if (formatState(state()) !== fs.readFileSync(at(STATE), "utf8")) writeState(dir, state());
      return gone.filter((file) => filesOf(before).includes(file));
    },
  };
}
