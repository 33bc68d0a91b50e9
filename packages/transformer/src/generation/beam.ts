import type * as tf from "@tensorflow/tfjs-core";
import type { TokenBatch } from "@xlm/core";
import type { EncoderDecoder } from "../encoder-decoder.js";
import type { Transformer } from "../model.js";
import { outputScores } from "../output.js";
import { bestFirst, type Hypothesis } from "./hypotheses.js";
import { endMark, likeliest } from "./next-words.js";
import { checkLang, completeBeamOptions, type BeamOptions, type BeamSettings } from "./options.js";
import { advance, rank, startSearch, type Beam, type Search } from "./search.js";
import { checkSignal } from "./signal.js";
import { readSource } from "./source.js";
import type { Stepper } from "./stepper.js";
import { textBatch } from "./text.js";

/** What beam search found. */
export interface BeamGeneration {
  /** The best of each source: rows `</s> w1 .. wn </s>` and padding. `langs` is there when `lang` was given. */
  readonly batch: TokenBatch;
  /** Of each source the `nBest` best, or as many as were found, best first. */
  readonly hypotheses: readonly (readonly Hypothesis[])[];
}

/**
 * Writes a sentence for each source sentence by beam search (the original's `generate_beam`): at each place the `beamSize` likeliest
 * beginnings go on, until `beamSize` sentences are finished and no beginning can end in a better one. Of equally likely candidates the one
 * of the better beam comes first, then the lower id.
 *
 * Score: sum of log-probabilities / length^lengthPenalty, where the length counts the first end mark and not the last, as published.
 *
 * `Differs:` what is still open at `maxLen` ends there with its end mark and that mark's log-probability; the original keeps every candidate
 * without its last word, but with that word's log-probability, the same sentence several times over (`compat: "xlm"`).
 * `Differs:` sums are in float64, the original's in float32.
 * @param source `[batch, seq]`, with the sentence marks.
 * @returns one row a source, in their order.
 * @throws as `generate`.
 */
export async function generateBeam(
  model: EncoderDecoder,
  source: TokenBatch,
  options: BeamOptions = {},
): Promise<BeamGeneration> {
  const { decoder } = model;
  const { lang, signal } = options;
  const settings = completeBeamOptions(decoder.config, options);
  checkLang(decoder.config, lang !== undefined);
  const stepper = readSource(model, source);
  try {
    const lists = await runSearches(decoder, stepper, source.lengths.length, settings, lang ?? 0, signal);
    const hypotheses = lists.map((list) => bestFirst(list).slice(0, settings.nBest));
    const texts = hypotheses.map(([best]) => {
      const tokens = [...(best as Hypothesis).tokens, settings.eosId];
      return { tokens, langs: tokens.map(() => lang ?? 0) };
    });
    return { batch: textBatch(texts, decoder.config.padId, lang !== undefined), hypotheses };
  } finally {
    stepper.dispose();
  }
}

/** @returns what was found for each source. */
async function runSearches(
  model: Transformer,
  stepper: Stepper,
  nSources: number,
  settings: BeamSettings,
  lang: number,
  signal: AbortSignal | undefined,
): Promise<(readonly Hypothesis[])[]> {
  const { beamSize, maxLen, eosId, compat } = settings;
  const found: (readonly Hypothesis[])[] = [];
  let open = Array.from({ length: nSources }, (_, source) => startSearch(source, eosId));
  for (let length = 1; open.length > 0; length++) {
    await checkSignal(signal);
    const width = widest(open);
    const ids = Int32Array.from(open.flatMap((search) => beamsOf(search, width).map(({ tokens }) => tokens.at(-1)!)));
    const scores = (): tf.Tensor2D => outputScores(model, stepper.step(ids, new Int32Array(ids.length).fill(lang)));
    const next =
      length === maxLen - 1 && !compat
        ? await endMark(scores, eosId)
        : await likeliest(scores, Math.min(2 * beamSize, model.config.vocabSize));
    const moved = open.map((search, at) => advance(search, rank(search.beams, next, at * width, beamSize), settings));
    for (const search of moved) found[search.source] = search.found;
    const rows = moved
      .map((search, at) => ({ search, first: at * width }))
      .filter(({ search }) => search.beams.length > 0);
    open = rows.map(({ search }) => search);
    if (open.length === 0) break;
    const chosen = rows.flatMap(({ search, first }) => beamsOf(search, widest(open)).map(({ from }) => first + from));
    stepper.select(Int32Array.from(chosen), widest(open));
  }
  return found;
}

const widest = (searches: readonly Search[]): number => Math.max(...searches.map(({ beams }) => beams.length));

/** As many beams for every search: where there are fewer, the first fills the places left, and what follows it there is not looked at. */
const beamsOf = ({ beams }: Search, width: number): Beam[] =>
  Array.from({ length: width }, (_, i) => beams[i] ?? (beams[0] as Beam));
