import type { Vocab } from "@xlm/core";

/** Subwords as fastBPE writes them (`foo@@`, `foo`) with their ids, special tokens among them. `@xlm/data`'s dictionary is one. */
export interface SubwordVocab extends Vocab {
  /** `[size]` subwords by id. */
  readonly tokens: readonly string[];
  /** The id of a subword, or `unkId`. */
  idOf(token: string): number;
}
