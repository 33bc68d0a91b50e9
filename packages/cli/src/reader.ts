import path from "node:path";
import { createBpe } from "@xlm/bpe";
import { DataError, MismatchError, OptionError } from "@xlm/core";
import { loadTrainer } from "@xlm/trainer";
import { createTransformer, type TransformerConfig } from "@xlm/transformer";
import type { Corpus, MemoryCorpus } from "@xlm/data";
import { CODES, VOCAB } from "./data-folder.js";
import type { Text } from "./files.js";
import { applyCodes, indexLines } from "./prepare.js";
import { CHECKPOINTS, readRunSettings, readRunVocabulary, type RunSettings } from "./run-folder.js";
import type { Reader } from "./scoring.js";
import { tokenizeLines } from "./tokenize.js";

/** A trained model that reads raw text. */
export interface TextReader extends Reader {
  readonly settings: RunSettings;
  readonly step: number;
  /**
   * Ids of a text.
   * @throws OptionError for a language the model does not know; DataError for a line longer than its positions.
   */
  read(text: Text, options?: { truncate?: boolean }): Corpus;
}

/**
 * Loads the newest checkpoint of a run with its codes and vocabulary. The backend must be running.
 * @throws MismatchError when vocabulary and checkpoint do not belong together.
 */
export function openRun(dir: string): TextReader {
  const settings = readRunSettings(dir);
  const { codes, vocab, dictionary } = readRunVocabulary(dir);
  const { state, checkpoint } = loadTrainer(path.join(dir, CHECKPOINTS));
  const rows = state.weights["embeddings.weight"]?.shape[0];
  if (rows !== dictionary.size) {
    throw new MismatchError({
      what: `the vocabulary has ${dictionary.size} words and the checkpoint ${rows} embeddings`,
      why: "every word is a row of the model's lookup table",
      fix: "put back the vocabulary that the model was trained with",
      at: { file: checkpoint.path },
    });
  }
  const config = settings.model as unknown as TransformerConfig;
  const model = createTransformer(config, { weights: state.weights });
  const bpe = createBpe(codes, {
    ...(settings.splitUnknown && { vocab }),
    names: { codes: path.join(dir, CODES), vocab: path.join(dir, VOCAB) },
  });
  return {
    settings,
    step: checkpoint.step,
    model,
    dictionary,
    langs: settings.langs,
    read: ({ lang, file, lines }, { truncate = false } = {}) => {
      checkLang(lang, settings.langs);
      const split = applyCodes(bpe, tokenizeLines(lines, settings, lang));
      const corpus = indexLines(split, dictionary, file);
      return fitted(corpus, config.maxLen, file, truncate, dictionary.eosId);
    },
  };
}

function checkLang(lang: string, langs: readonly string[]): void {
  if (langs.includes(lang)) return;
  throw new OptionError({
    what: `the model does not know ${JSON.stringify(lang)}`,
    why: `it was trained on ${langs.join(", ")}, and has an embedding for each of those`,
    fix: "use one of them",
  });
}

/** Sentences that fit the model's positions with their two marks. */
function fitted(corpus: MemoryCorpus, maxLen: number, file: string, truncate: boolean, eosId: number): Corpus {
  const most = maxLen - 2;
  const { ids, positions } = corpus;
  const long = Array.from({ length: positions.length / 2 }, (_, i) => positions[2 * i + 1]! - positions[2 * i]!);
  const line = long.findIndex((words) => words > most);
  if (line < 0) return corpus;
  if (!truncate) {
    throw new DataError({
      what: `the line has ${long[line]} subwords, ${long[line]! + 2} positions with its marks, and the model knows ${maxLen}`,
      why: "there is no embedding for a position past the last",
      fix: "split the line, or cut such lines with --truncate",
      at: { file, line: line + 1 },
    });
  }
  const cut = ids.slice();
  const ends = positions.slice();
  for (const [i, words] of long.entries()) {
    if (words <= most) continue;
    ends[2 * i + 1] = ends[2 * i]! + most;
    cut[ends[2 * i + 1]!] = eosId;
  }
  return { ids: cut, positions: ends };
}
