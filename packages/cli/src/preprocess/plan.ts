import type { FileRecord, Part, Piece, State } from "./state.js";

/** Everything a piece is made from, by what it is called in messages. Two equal ones give equal files. */
export type From = Readonly<Record<string, string>>;

/** What is to be done about a piece. */
export type Decision =
  | { readonly do: "keep" }
  /** `parts` are finished already; `because` says why the rest is not. */
  | { readonly do: "go on"; readonly parts: readonly Part[]; readonly because: string }
  | { readonly do: "make"; readonly because: string };

/**
 * What is to be done about a piece: nothing when it was finished, from the same things, and its files are what they were;
 * the parts from the first missing one on when it was interrupted or damaged; all of it otherwise.
 * @param isIntact whether a file is still what was written.
 */
export function decide(from: From, piece: Piece | undefined, isIntact: (file: FileRecord) => boolean): Decision {
  if (!piece) return { do: "make", because: "new" };
  const changed = Object.keys({ ...from, ...piece.from }).find((name) => from[name] !== piece.from[name]);
  if (changed !== undefined) return { do: "make", because: `${changed} changed` };
  const broken = piece.parts.findIndex(({ files }) => !files.every(isIntact));
  if (broken < 0 && piece.finished) return { do: "keep" };
  const because = broken < 0 ? "interrupted" : `${nameOf(piece.parts[broken] as Part, isIntact)} is missing or damaged`;
  const parts = broken < 0 ? piece.parts : piece.parts.slice(0, broken);
  return parts.length > 0 ? { do: "go on", parts, because } : { do: "make", because };
}

const nameOf = ({ files }: Part, isIntact: (file: FileRecord) => boolean): string =>
  (files.find((file) => !isIntact(file)) as FileRecord).file;

/** Files of pieces, by name. */
export const filesOf = (pieces: State["pieces"]): string[] =>
  Object.values(pieces).flatMap(({ parts }) => parts.flatMap(({ files }) => files.map(({ file }) => file)));

const SHARD = /^(?:train|valid|test)\.[\w.-]+\.\d{3,}\.safetensors$/;
const TEMPORARY = /\.\d+\.tmp$/; // as writeFileAtomic names them

/**
 * Files of the folder that no piece has any more: those of pieces that are gone, and what a killed process left. A file that
 * looks like none of ours is never among them.
 * @param present names of files, from the folder.
 * @param before the pieces of the last run.
 */
export function orphans(present: readonly string[], before: State["pieces"], now: State["pieces"]): string[] {
  const wanted = new Set(filesOf(now));
  const had = new Set(filesOf(before));
  return present.filter((file) => !wanted.has(file) && (had.has(file) || SHARD.test(file) || TEMPORARY.test(file)));
}
