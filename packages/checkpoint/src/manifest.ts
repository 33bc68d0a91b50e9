import { FormatError, sha256Hex, UnsupportedError } from "@xlm/core";
import * as v from "valibot";

/** Beside the files of a checkpoint: what they are, so that a torn or altered one is noticed. */
export const MANIFEST = "manifest.json";
export const MAX_MANIFEST = 2 ** 24; // bytes; a larger one is not ours
const VERSION = 1;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Names that stay inside their folder on every system. */
export const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

const isTexts = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === "string");

const schema = v.object({
  format: v.literal("xlm-checkpoint"),
  version: v.literal(VERSION),
  step: count,
  // A list: keys of an object would have to be kept apart from names such as "constructor".
  files: v.array(
    v.object({
      name: v.pipe(v.string(), v.regex(FILE_NAME)),
      bytes: count,
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
  metadata: v.custom<Readonly<Record<string, string>>>(isTexts, "not a table of strings"),
});

export type Manifest = v.InferOutput<typeof schema>;

export function manifestOf(
  step: number,
  files: Readonly<Record<string, Uint8Array>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const manifest: Manifest = {
    format: "xlm-checkpoint",
    version: VERSION,
    step,
    files: Object.entries(files).map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256Hex(bytes) })),
    metadata,
  };
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * @throws FormatError when it is damaged; UnsupportedError when a later release wrote it.
 */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(file, `it is not JSON (${(cause as Error).message})`);
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > VERSION) {
    throw new UnsupportedError({
      what: `the checkpoint has format version ${version}`,
      why: `this release reads version ${VERSION}`,
      fix: "update @xlm/checkpoint",
      at: { file },
    });
  }
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw damaged(file, `at ${v.getDotPath(issue) ?? "its top"}: ${issue.message}`);
  }
  return result.output;
}

export const damaged = (file: string, what: string): FormatError =>
  new FormatError({
    what,
    why: "the checkpoint is torn or was altered",
    fix: "use an older checkpoint, or copy this one again",
    at: { file },
  });
