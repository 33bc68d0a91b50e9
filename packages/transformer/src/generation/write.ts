import * as tf from "@tensorflow/tfjs-core";
import { gatherRows } from "@xlm/kernels";
import type { Transformer } from "../model.js";
import { outputScores } from "../output.js";
import { drawn, endMark, likeliest, type NextWords, type Scores } from "./next-words.js";
import type { GenerateOptions } from "./options.js";
import { checkSignal } from "./signal.js";
import type { Stepper } from "./stepper.js";
import { textBatch, type Generation, type Text } from "./text.js";

/** A row on its way. */
interface Draft {
  readonly tokens: number[];
  readonly langs: number[];
  score: number;
  ended: boolean;
}

export interface WriteOptions extends GenerateOptions {
  readonly maxLen: number;
  readonly eosId: number;
  /** Whether the result tells languages. */
  readonly withLangs: boolean;
}

/**
 * Goes on from how each row starts, up to its end mark. A row that starts with more tokens than another chooses nothing while the other
 * does. Rows that have ended are not computed any more.
 * @param stepper that has read nothing yet; it is disposed.
 */
export async function write(
  model: Transformer,
  stepper: Stepper,
  starts: readonly Text[],
  options: WriteOptions,
): Promise<Generation> {
  const drafts = starts.map(({ tokens, langs }): Draft => {
    return { tokens: [...tokens], langs: [...langs], score: 0, ended: false };
  });
  try {
    await finish(model, stepper, drafts, options);
  } finally {
    stepper.dispose();
  }
  return {
    batch: textBatch(drafts, model.config.padId, options.withLangs),
    scores: Float64Array.from(drafts, ({ score }) => score),
  };
}

async function finish(
  model: Transformer,
  stepper: Stepper,
  drafts: readonly Draft[],
  { lang, maxLen, eosId, sampling, signal }: WriteOptions,
): Promise<void> {
  const choose = (scores: Scores, isLast: boolean): Promise<NextWords> => {
    // Differs: the original chooses a word here too, then writes the mark over it. What is written is the same.
    if (isLast) return endMark(scores, eosId);
    return sampling ? drawn(scores, sampling) : likeliest(scores, 1);
  };
  let open = drafts;
  let read = 0;
  while (open.length > 0) {
    await checkSignal(signal);
    const known = Math.min(...open.map(({ tokens }) => tokens.length));
    const unread = (kind: "tokens" | "langs"): Int32Array =>
      Int32Array.from(open.flatMap((draft) => draft[kind].slice(read, known)));
    const [ids, langs] = [unread("tokens"), unread("langs")];
    const choosing = open.flatMap(({ tokens }, row) => (tokens.length === known ? [row] : []));
    const scores = (): tf.Tensor2D => {
      const states = stepper.step(ids, langs);
      const all = choosing.length === open.length;
      return outputScores(model, all ? states : gatherRows(states, tf.tensor1d(choosing, "int32")));
    };
    const { words, logProbs } = await choose(scores, known === maxLen - 1);
    choosing.forEach((row, i) => {
      const draft = open[row] as Draft;
      draft.tokens.push(words[i] as number);
      draft.langs.push(lang ?? (draft.langs.at(-1) as number));
      draft.score += logProbs[i] as number;
      draft.ended = words[i] === eosId;
    });
    const going = open.flatMap(({ ended }, row) => (ended ? [] : [row]));
    if (going.length > 0) stepper.select(Int32Array.from(going));
    open = open.filter(({ ended }) => !ended);
    read = known;
  }
}
