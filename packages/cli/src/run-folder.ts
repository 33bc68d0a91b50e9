import fs from "node:fs";
import path from "node:path";
import { DataError, FormatError, sha256Hex } from "@xlm/core";
import { listCheckpoints, writeFileAtomic } from "@xlm/checkpoint";
import { dictionaryHash, parseDictionary, type Dictionary } from "@xlm/data";
import * as v from "valibot";
import { CODES, VOCAB, checkHash, textRules } from "./data-folder.js";
import { readBytes } from "./files.js";

export const RUN_FILE = "run.json";
export const METRICS = "metrics.jsonl";
export const REPORT = "report.html";
export const CHECKPOINTS = "checkpoint";
const RUN_MANIFEST = "manifest.json";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const alpha = v.union([v.number(), v.literal("uniform")]);
const settingsSchema = v.object({
  format: v.literal("xlm-run"),
  version: v.literal(1),
  title: v.string(),
  seed: count,
  backend: v.string(),
  /** Whether the backend was held to the same bits on every machine. */
  deterministic: v.optional(v.boolean(), false),
  precision: v.optional(v.picklist(["fp32", "tf32", "bf16"])),
  ...textRules,
  langs: v.array(v.string()),
  /** Folders of binarised text, from the run folder. */
  data: v.array(v.string()),
  steps: count,
  saveEvery: count,
  model: v.looseObject({}),
  /** How much wider than published the value and output projections of attention start. */
  attentionGain: v.number(),
  optimizer: v.string(),
  clip: v.number(),
  accumulate: count,
  pretraining: v.object({
    objectives: v.array(v.picklist(["mlm", "tlm", "clm", "pc"])),
    alpha,
    batchSize: count,
    seqLen: count,
    tokensPerBatch: v.nullable(count),
    maxWords: count,
    predictProb: v.number(),
    maskKeepRand: v.tuple([v.number(), v.number(), v.number()]),
    sampleAlpha: v.number(),
  }),
  /** Facts on the preparation, for the report. */
  facts: v.array(v.tuple([v.string(), v.string()])),
});

/** What a run is: everything that decides its outcome, written down before it begins. */
export type RunSettings = v.InferOutput<typeof settingsSchema>;

/** What is needed to use a trained model on text. */
export interface RunVocabulary {
  readonly codes: Uint8Array;
  readonly vocab: Uint8Array;
  readonly dictionary: Dictionary;
}

/** Starts a run folder with its settings, codes and vocabulary. The caller made sure that the place is free. */
export function createRunFolder(dir: string, settings: RunSettings, { codes, vocab, dictionary }: RunVocabulary): void {
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, CODES), codes);
  fs.writeFileSync(path.join(dir, VOCAB), vocab);
  const manifest = {
    format: "xlm-run-manifest",
    version: 1,
    codes: { file: CODES, sha256: sha256Hex(codes) },
    vocab: { file: VOCAB, sha256: sha256Hex(vocab), dictionary: dictionaryHash(dictionary), size: dictionary.size },
    data: settings.data.map((folder) => hashesOf(dir, folder)),
  };
  fs.writeFileSync(path.join(dir, RUN_MANIFEST), json(manifest));
  fs.writeFileSync(path.join(dir, METRICS), "");
  writeFileAtomic(path.join(dir, RUN_FILE), new TextEncoder().encode(json(settings))); // last: now it is a run
}

/** Writes the hashes of the newest checkpoint into the manifest, once training is over. */
export function recordModel(dir: string): void {
  const newest = listCheckpoints(path.join(dir, CHECKPOINTS)).at(-1);
  if (!newest) return;
  const manifest = JSON.parse(fs.readFileSync(path.join(dir, RUN_MANIFEST), "utf8")) as Record<string, unknown>;
  const files = fs.readdirSync(newest.path).sort();
  manifest["model"] = {
    folder: path.relative(dir, newest.path),
    step: newest.step,
    files: files.map((file) => ({ file, sha256: sha256Hex(fs.readFileSync(path.join(newest.path, file))) })),
  };
  writeFileAtomic(path.join(dir, RUN_MANIFEST), new TextEncoder().encode(json(manifest)));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function hashesOf(dir: string, folder: string): Record<string, unknown> {
  const manifest = path.resolve(dir, folder, "manifest.json");
  return { folder, manifest: { sha256: sha256Hex(readBytes(manifest)) } }; // which holds the hash of every corpus
}

/** @throws DataError when the folder is no run, FormatError when its settings are damaged. */
export function readRunSettings(dir: string): RunSettings {
  const file = path.join(dir, RUN_FILE);
  if (!fs.existsSync(file)) {
    throw new DataError({
      what: fs.existsSync(dir) ? `there is no ${RUN_FILE} in it` : "there is no such folder",
      why: "a run folder is made by xlm train or xlm quickstart",
      fix: "check the path; an interrupted preparation leaves nothing to resume, so start again",
      at: { file: dir },
    });
  }
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    throw damaged(file, (cause as Error).message);
  }
  const result = v.safeParse(settingsSchema, content);
  if (result.success) return result.output;
  throw damaged(file, `at ${v.getDotPath(result.issues[0]) ?? "its top"}: ${result.issues[0].message}`);
}

const damaged = (file: string, what: string): FormatError =>
  new FormatError({
    what,
    why: "it says what the run is",
    fix: "put the file back as it was, or start a new run",
    at: { file },
  });

const manifestSchema = v.object({
  codes: v.object({ sha256: v.string() }),
  vocab: v.object({ sha256: v.string() }),
});

/**
 * Codes and vocabulary of a run.
 * @throws MismatchError naming the file when one is not what the run was made with.
 */
export function readRunVocabulary(dir: string): RunVocabulary {
  const file = path.join(dir, RUN_MANIFEST);
  const codes = readBytes(path.join(dir, CODES));
  const vocab = readBytes(path.join(dir, VOCAB));
  const result = v.safeParse(manifestSchema, parseJson(file));
  if (!result.success) throw damaged(file, result.issues[0].message);
  checkHash(path.join(dir, CODES), sha256Hex(codes), result.output.codes.sha256);
  checkHash(path.join(dir, VOCAB), sha256Hex(vocab), result.output.vocab.sha256);
  return { codes, vocab, dictionary: parseDictionary(vocab, { file: path.join(dir, VOCAB) }) };
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(readBytes(file)));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw damaged(file, cause.message);
    throw cause;
  }
}
