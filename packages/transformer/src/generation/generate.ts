import { OptionError, UnsupportedError, type TokenBatch } from "@xlm/core";
import { checkInput } from "../check.js";
import type { EncoderDecoder } from "../encoder-decoder.js";
import type { Transformer } from "../model.js";
import { checkLang, completeOptions, type GenerateOptions } from "./options.js";
import { readSource } from "./source.js";
import { createStepper } from "./stepper.js";
import type { Generation, Text } from "./text.js";
import { write } from "./write.js";

/**
 * Writes a sentence for each source sentence, word after word: the likeliest word each time, or with `sampling` one drawn by its
 * probability (the original's `generate`).
 *
 * A sentence that does not end by itself gets its end mark at `maxLen`.
 * @param source `[batch, seq]`, with the sentence marks.
 * @returns one row a source, in their order.
 * @throws OptionError (`XLM_OPTION`), ShapeError (`XLM_SHAPE`) before any work, as `encode` and for options out of range; DivergenceError
 *   (`XLM_DIVERGED`) when the scores are NaN; the signal's reason.
 */
export async function generate(
  model: EncoderDecoder,
  source: TokenBatch,
  options: GenerateOptions = {},
): Promise<Generation> {
  const { decoder } = model;
  const { lang } = options;
  const settings = completeOptions(decoder.config, options);
  checkLang(decoder.config, lang !== undefined);
  const starts = Array.from(source.lengths, (): Text => ({ tokens: [settings.eosId], langs: [lang ?? 0] }));
  const stepper = readSource(model, source);
  return write(decoder, stepper, starts, { ...options, ...settings, withLangs: lang !== undefined });
}

/**
 * Goes on writing where texts end, with a causal language model; a decoder is one without its attention to a source. The original has no
 * such function.
 * @param prompts `[batch, seq]`, rows beginning with `</s>` as in training. An end mark at the end of a row of more than one token is not
 *   part of the prompt, so that whole sentences will do. `langs`, where given, are those of the prompts' tokens.
 * @param options without `lang` each row goes on in the language of its last token. `maxLen` counts the prompt too.
 * @returns each prompt and what follows it. `scores` are of what follows.
 * @throws as `generate`; OptionError (`XLM_OPTION`) for a prompt that leaves no place for a word; UnsupportedError (`XLM_UNSUPPORTED`)
 *   for prompts with positions of their own.
 */
export async function continueText(
  model: Transformer,
  prompts: TokenBatch,
  options: GenerateOptions = {},
): Promise<Generation> {
  const { config } = model;
  const settings = completeOptions(config, options);
  checkInput(config, prompts);
  const withLangs = options.lang !== undefined || prompts.langs !== undefined;
  checkLang(config, withLangs);
  if (prompts.positions) {
    throw new UnsupportedError({
      what: "the prompts have positions",
      why: "what is written goes on counting from the beginning of its row",
      fix: "leave positions out",
    });
  }
  const starts = Array.from(prompts.lengths, (_, row) => promptText(prompts, row, settings.eosId, options.lang));
  checkRoom(starts, settings.maxLen);
  return write(model, createStepper(model, starts.length), starts, { ...options, ...settings, withLangs });
}

function promptText({ ids, langs, shape, lengths }: TokenBatch, row: number, eosId: number, lang = 0): Text {
  const from = row * shape[1];
  const end = from + (lengths[row] as number);
  const to = end - from > 1 && ids[end - 1] === eosId ? end - 1 : end;
  const tokens = [...ids.subarray(from, to)];
  return { tokens, langs: langs ? [...langs.subarray(from, to)] : tokens.map(() => lang) };
}

function checkRoom(starts: readonly Text[], maxLen: number): void {
  const row = starts.findIndex(({ tokens }) => tokens.length >= maxLen);
  if (row < 0) return;
  throw new OptionError({
    what: `prompt ${row} has ${starts[row]?.tokens.length} tokens and maxLen is ${maxLen}`,
    why: "there is no place for a word or the end mark",
    fix: "cut the prompt at its beginning, or raise maxLen",
  });
}
