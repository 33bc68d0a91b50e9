import { checkInt, DataError, FormatError, MismatchError, OptionError, sha256Hex } from "@xlm/core";
import { cleanly } from "./atomic.js";
import { nodeDisk, type Disk, type DiskOptions } from "./disk.js";
import { damaged, FILE_NAME, MANIFEST, manifestOf, MAX_MANIFEST, parseManifest } from "./manifest.js";

/** All that a run needs to go on. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  /** Contents by name, such as `"model.safetensors"` and `"state.json"`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Texts kept in the manifest: hashes of vocabulary and data, the release that wrote it. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Where a checkpoint lies. */
export interface CheckpointPlace {
  readonly step: number;
  /** From 1; one more each time that a run went back and saved a step again, or an earlier one. */
  readonly revision: number;
  readonly path: string;
}

export interface LoadedCheckpoint extends Required<Checkpoint>, CheckpointPlace {
  /** Newer checkpoints that were passed over, newest first: what is wrong with each. */
  readonly skipped: readonly (FormatError | MismatchError)[];
}

export interface SaveCheckpointOptions extends DiskOptions {
  /** Checkpoints kept, this one included; older ones are removed once it is durable. @default 3 */
  keep?: number | "all";
}

export interface LoadCheckpointOptions extends DiskOptions {
  /** A step, or the newest that is whole. @default "latest" */
  step?: number | "latest";
}

const NAME = /^step-(\d{8,15})(?:-r([2-9]|[1-9]\d{1,8}))?$/;
const TEMPORARY = ".tmp-";

/**
 * Saves a checkpoint completely or not at all, as the folder `DIR/step-00000123` with a manifest of sizes and SHA-256.
 * It is written under a temporary name, made durable and renamed; only then are old ones removed. A process killed or a
 * plug pulled at any moment leaves the former checkpoint, the new one, or both.
 * @param dir made when absent; one run at a time saves to it. Other files in it are left alone.
 * @throws OptionError (`XLM_OPTION`) for a bad step, keep or file name, before anything is written; DataError (`XLM_DATA`)
 * with the path and the system's reason; UnsupportedError (`XLM_UNSUPPORTED`) in a browser.
 */
export function saveCheckpoint(
  dir: string,
  checkpoint: Checkpoint,
  options: SaveCheckpointOptions = {},
): CheckpointPlace {
  const { keep = 3, disk = nodeDisk() } = options;
  const { step, files, metadata = {} } = checkpoint;
  checkInt("step", step, 0, 999_999_999_999_999);
  if (keep !== "all") checkInt("keep", keep, 1);
  checkNames(Object.keys(files));

  disk.makeFolder(dir);
  for (const name of disk.list(dir)) if (name.startsWith(TEMPORARY)) disk.remove(`${dir}/${name}`);

  // A run that went back begins a new revision, so that the newest is always the one saved last.
  const latest = listCheckpoints(dir, { disk }).at(-1);
  const revision = latest === undefined ? 1 : latest.revision + (step > latest.step ? 0 : 1);
  const name = `step-${String(step).padStart(8, "0")}${revision > 1 ? `-r${revision}` : ""}`;
  const temporary = `${dir}/${TEMPORARY}${name}`;
  const path = `${dir}/${name}`;
  cleanly(disk, temporary, () => {
    disk.makeFolder(temporary);
    for (const [file, bytes] of Object.entries(files)) disk.write(`${temporary}/${file}`, bytes);
    disk.write(`${temporary}/${MANIFEST}`, manifestOf(step, files, metadata));
    disk.sync(temporary);
    disk.rename(temporary, path);
  });
  disk.sync(dir);

  if (keep !== "all") prune(disk, dir, keep);
  return { step, revision, path };
}

function checkNames(names: readonly string[]): void {
  const bad = (name: string, why: string): OptionError =>
    new OptionError({
      what: `a file of the checkpoint is named ${JSON.stringify(name)}`,
      why,
      fix: "choose another name",
    });
  const seen = new Set([MANIFEST]);
  for (const name of names) {
    if (!FILE_NAME.test(name)) throw bad(name, "names are letters, digits, _ . - and begin with none of the last two");
    const folded = name.toLowerCase(); // some file systems do not tell A from a
    if (seen.has(folded)) throw bad(name, "there is another of that name, or saveCheckpoint writes it itself");
    seen.add(folded);
  }
}

function prune(disk: Disk, dir: string, keep: number): void {
  for (const { path } of listCheckpoints(dir, { disk }).slice(0, -keep)) {
    // Renamed first: half a removal must not look like a checkpoint.
    const doomed = `${dir}/${TEMPORARY}${path.slice(dir.length + 1)}`;
    disk.rename(path, doomed);
    disk.remove(doomed);
  }
}

/**
 * The checkpoints in a folder, oldest first; none when there is no such folder. Their contents are not looked at.
 * @throws DataError (`XLM_DATA`) for a folder that cannot be listed; UnsupportedError (`XLM_UNSUPPORTED`) in a browser.
 */
export function listCheckpoints(dir: string, options: DiskOptions = {}): CheckpointPlace[] {
  const disk = options.disk ?? nodeDisk();
  return disk
    .list(dir)
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
    .map(([name, step, revision]) => ({
      step: Number(step),
      revision: Number(revision ?? 1),
      path: `${dir}/${name}`,
    }))
    .sort((a, b) => a.revision - b.revision || a.step - b.step);
}

/**
 * Loads a checkpoint and checks every byte of it against its manifest.
 * @returns its files; `skipped` says which newer ones were passed over, and why.
 * @throws FormatError (`XLM_FORMAT`) naming the file that is missing, torn or altered; MismatchError (`XLM_MISMATCH`) for a
 * folder whose name is another step's; DataError (`XLM_DATA`) when there is no (such) checkpoint or none can be read;
 * UnsupportedError (`XLM_UNSUPPORTED`) for one of a later release, and in a browser. With `"latest"` the first two are
 * thrown only when no checkpoint is whole.
 */
export function loadCheckpoint(dir: string, options: LoadCheckpointOptions = {}): LoadedCheckpoint {
  const { step = "latest", disk = nodeDisk() } = options;
  const all = listCheckpoints(dir, { disk }).reverse();
  const places = step === "latest" ? all : all.filter((place) => place.step === step).slice(0, 1);
  const skipped: (FormatError | MismatchError)[] = [];
  for (const place of places) {
    try {
      return { ...readCheckpoint(disk, place), ...place, skipped };
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof MismatchError)) throw error;
      skipped.push(error);
    }
  }
  throw (
    skipped[0] ??
    new DataError({
      what: step === "latest" ? "there is no checkpoint" : `there is no checkpoint of step ${step}`,
      why: `the folder holds ${all.length === 0 ? "none" : `steps ${all.map((place) => place.step).join(", ")}`}`,
      fix: step === "latest" ? "check the path, or start a new run" : "choose one of those",
      at: { file: dir },
    })
  );
}

function readCheckpoint(disk: Disk, { step, path }: CheckpointPlace): Required<Checkpoint> {
  const names = disk.list(path);
  const read = (name: string, size?: number): Uint8Array => {
    const at = `${path}/${name}`;
    if (!names.includes(name)) throw damaged(at, "it is missing");
    const file = disk.open(at);
    try {
      if (size !== undefined && file.size !== size) {
        throw damaged(at, `it has ${file.size} bytes and the manifest says ${size}`);
      }
      if (size === undefined && file.size > MAX_MANIFEST) throw damaged(at, `it has ${file.size} bytes`);
      return file.read(0, file.size);
    } finally {
      file.close();
    }
  };
  const manifest = parseManifest(read(MANIFEST), `${path}/${MANIFEST}`);
  if (manifest.step !== step) {
    throw new MismatchError({
      what: `the folder is named for step ${step} and its manifest says ${manifest.step}`,
      why: "the folder was renamed or its manifest replaced",
      fix: "give the folder its own name again",
      at: { file: path },
    });
  }
  const files = Object.create(null) as Record<string, Uint8Array>;
  for (const { name, bytes, sha256 } of manifest.files) {
    files[name] = read(name, bytes);
    if (sha256Hex(files[name]) !== sha256) throw damaged(`${path}/${name}`, "its SHA-256 is not that of the manifest");
  }
  return { step, files, metadata: manifest.metadata };
}
