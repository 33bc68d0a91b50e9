import { type ErrorPlace, FormatError, UnsupportedError } from "@xlm/core";
import { excerpt } from "../lines.js";
import type { SubwordVocab } from "../tokenizer/vocab.js";
import { fromHuggingFaceTokens } from "./tokens.js";

/** The object `token: id` as JSON, one token a line in the order of ids. */
export const formatIds = (tokens: readonly string[], indent: string): string =>
  `{\n${tokens.map((token, id) => `${indent}  ${JSON.stringify(token)}: ${id}`).join(",\n")}\n${indent}}`;

/** A value for a message, cut to a length that can be read. */
export const show = (value: unknown): string => (value === undefined ? "missing" : JSON.stringify(value).slice(0, 60));

/** @throws FormatError with file for text that is not JSON. */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError({
      what: `the text is no JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      why: "Hugging Face keeps it as JSON",
      fix: "fetch or write the file again",
      at: { file },
      cause,
    });
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A vocabulary out of the object `token: id`.
 * @throws FormatError unless the ids are 0, 1, 2 ...; UnsupportedError without XLM's special tokens.
 */
export function readVocab(value: unknown, file: string): SubwordVocab {
  const at = { file };
  if (!isRecord(value)) throw badIds(`the vocabulary is ${show(value)}`, at);
  const entries = Object.entries(value);
  const written: string[] = [];
  for (const [token, id] of entries) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= entries.length) {
      throw badIds(`${excerpt(token)} has the id ${JSON.stringify(id)} among ${entries.length} tokens`, at);
    }
    const taken = written[id];
    if (taken !== undefined) throw badIds(`${excerpt(taken)} and ${excerpt(token)} have the id ${id}`, at);
    written[id] = token;
  }
  return makeVocab(fromHuggingFaceTokens(written, at), at);
}

const badIds = (what: string, at: ErrorPlace): FormatError =>
  new FormatError({
    what,
    why: "a vocabulary gives each of its n tokens one of the ids 0 to n - 1",
    fix: "write the file again with the program that made it",
    at,
  });

function makeVocab(tokens: readonly string[], at: ErrorPlace): SubwordVocab {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const named = (token: string, meaning: string): number => {
    const id = ids.get(token);
    if (id !== undefined) return id;
    throw new UnsupportedError({
      what: `the vocabulary has no ${token}`,
      why: `it is XLM's token for ${meaning}`,
      fix: "use the vocabulary of an XLM model, or add the token behind the others and a row to the model's embeddings",
      at,
    });
  };
  const unkId = named("<unk>", "what has no id");
  return {
    size: tokens.length,
    tokens,
    idOf: (token) => ids.get(token) ?? unkId,
    bosId: named("<s>", "the beginning"),
    eosId: named("</s>", "the end of a sentence"),
    padId: named("<pad>", "padding"),
    maskId: named("<special1>", "what is hidden"),
    unkId,
  };
}
