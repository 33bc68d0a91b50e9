import { type Rng, MismatchError, OptionError, checkInt, isSpace, SPECIAL_TOKENS } from "@xlm/core";
import type { Bpe } from "../apply.js";
import type { BpeDropout } from "../dropout.js";
import { type Origins, createAligner } from "./offsets.js";
import { restoreBpe } from "../restore.js";
import type { SubwordVocab } from "./vocab.js";

export interface TokenizerParts {
  /** Cuts words into subwords. */
  bpe: Pick<Bpe, "encodeWord">;
  /** Ids of subwords: `@xlm/data`'s dictionary, or what `parseTokenizerJson` read. */
  vocab: Omit<SubwordVocab, "maskId">;
  /** Cuts words instead of `bpe` where `encode` is given an `rng`. @default such calls are refused */
  dropout?: Pick<BpeDropout, "encodeWord">;
  /** Makes words with white space between them out of a text, such as `@xlm/text`'s `createLineTokenizer`. @default the text as it is */
  words?: (text: string) => string;
  /** Makes text out of words again, such as `@xlm/text`'s detokenizer. @default the words as they are */
  restore?: (line: string) => string;
  /**
   * Ids that `addSpecial` puts before and after a text. The original frames sentences with two `</s>`, Hugging Face's
   * `XLMTokenizer` with `<s>` and `</s>`: `[vocab.bosId, vocab.eosId]`. @default [eosId, eosId]
   */
  frame?: readonly [first: number, last: number];
}

export interface EncodeOptions {
  /** Whether the ids of `frame` are added. @default false */
  addSpecial?: boolean;
  /** Most ids, those of `frame` included; the end of the text is cut off. @default all */
  maxLen?: number;
  /** Codes with `dropout`, a new way each time. @default without chance */
  rng?: Rng;
}

export interface Encoding {
  /** `[n]`. */
  readonly ids: Int32Array;
  /** `[n]` subwords, also those whose id is `unkId`. */
  readonly tokens: readonly string[];
  /**
   * `[n, 2]`: where each token came from, in UTF-16 units of the text: its first, and the one behind its last. Never
   * decreasing in either column; empty for what came from nowhere, such as the ids of `frame`.
   */
  readonly offsets: Int32Array;
}

export interface Tokenizer {
  /** Ids of a text. @throws OptionError for `maxLen`, and for an `rng` without `dropout`. */
  encode(text: string, options?: EncodeOptions): Encoding;
  /** `encode` for several texts; each takes a stream of its own, split off `rng`. */
  encodeBatch(texts: readonly string[], options?: EncodeOptions): Encoding[];
  /**
   * The text of ids.
   * @param options.skipSpecial Leaves out special tokens; `<unk>` stays. @default true
   * @throws MismatchError for an id that the vocabulary does not have.
   */
  decode(ids: ArrayLike<number>, options?: { skipSpecial?: boolean }): string;
}

interface CodedWord {
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
}

/** Distinct words whose tokens are remembered before all are forgotten. */
const CACHE_SIZE = 1 << 17;

/**
 * Text to ids and back, in one step: words, subwords, ids, and where in the text each came from (original:
 * tools/tokenize.sh, fastBPE, `Dictionary.index_data`).
 *
 * Words end at Python's white space, so no token holds any. As in the original, special tokens that stand in the text are
 * dropped, except `<unk>`: text cannot put in marks of its own. Lone surrogates are read as U+FFFD.
 *
 * Offsets are exact for a token made of characters that `words` leaves as they are, or changes in case and accents alone;
 * `createAligner` in the source says what holds for the others.
 * @throws MismatchError for a vocabulary whose ids are not those of its tokens; OptionError for a `frame` outside it.
 * @example
 * const tokenizer = createTokenizer({ bpe: createBpe(codes), vocab: dictionary, words: createLineTokenizer("en") });
 * const { ids, offsets } = tokenizer.encode("Hello, world!");
 * tokenizer.decode(ids); // "Hello , world !"
 */
export function createTokenizer(parts: TokenizerParts): Tokenizer {
  const { bpe, vocab, dropout, words = same, restore = same, frame = [vocab.eosId, vocab.eosId] } = parts;
  checkIds(vocab);
  for (const id of frame) checkInt("each id of frame", id, 0, vocab.size - 1);
  const special = new Set([vocab.bosId, vocab.eosId, vocab.padId]);
  for (const token of SPECIAL_TOKENS) if (vocab.tokens[vocab.idOf(token)] === token) special.add(vocab.idOf(token));
  special.delete(vocab.unkId);
  const align = createAligner();
  let known = new Map<string, CodedWord>();

  function codeWord(word: string, rng: Rng | undefined): CodedWord {
    const remembered = rng ? undefined : known.get(word);
    if (remembered) return remembered;
    const tokens = rng ? dropout!.encodeWord(word, rng) : bpe.encodeWord(word);
    const coded = { tokens, ids: tokens.map((token) => vocab.idOf(token)) };
    if (known.size >= CACHE_SIZE) known = new Map();
    if (!rng) known.set(word, coded);
    return coded;
  }

  function encode(text: string, options: EncodeOptions = {}): Encoding {
    const { addSpecial = false, maxLen = Infinity, rng } = options;
    if (maxLen !== Infinity) checkInt("maxLen", maxLen, addSpecial ? 2 : 0);
    checkDropout(rng, dropout);
    const source = text.replace(/\p{Surrogate}/gu, "\ufffd");
    const line = words(source);
    const origins = line === source ? undefined : align(source, line);
    const ids: number[] = [];
    const tokens: string[] = [];
    const offsets: number[] = [];
    const add = (id: number, token: string, start: number, end: number): void => {
      ids.push(id);
      tokens.push(token);
      offsets.push(start, end);
    };

    if (addSpecial) add(frame[0], vocab.tokens[frame[0]]!, 0, 0);
    const room = maxLen - (addSpecial ? 1 : 0);
    for (let start = 0, end = 0; start < line.length && ids.length < room; start = end) {
      end = start + 1;
      if (isSpace(line.charCodeAt(start))) continue;
      while (end < line.length && !isSpace(line.charCodeAt(end))) end++;
      const coded = codeWord(line.slice(start, end), rng);
      for (let i = 0, at = start; i < coded.ids.length && ids.length < room; i++) {
        const token = coded.tokens[i]!;
        const size = i < coded.ids.length - 1 ? token.length - 2 : end - at; // without its @@
        if (!special.has(coded.ids[i]!)) add(coded.ids[i]!, token, ...spanOf(origins, at, Math.min(at + size, end)));
        at += size;
      }
    }
    if (addSpecial) add(frame[1], vocab.tokens[frame[1]]!, text.length, text.length);
    return { ids: new Int32Array(ids), tokens, offsets: new Int32Array(offsets) };
  }

  return {
    encode,
    encodeBatch: (texts, options = {}) =>
      texts.map((text) => encode(text, options.rng ? { ...options, rng: options.rng.split() } : options)),
    decode(ids, { skipSpecial = true } = {}) {
      const tokens: string[] = [];
      for (let i = 0; i < ids.length; i++) {
        const token = vocab.tokens[ids[i]!];
        if (token === undefined) {
          throw new MismatchError({
            what: `id ${ids[i]} stands at place ${i} and the vocabulary has ${vocab.size} ids`,
            why: "ids can be read with the vocabulary they came from alone",
            fix: "use that vocabulary",
          });
        }
        if (!skipSpecial || !special.has(ids[i]!)) tokens.push(token);
      }
      return restore(restoreBpe(tokens.join(" ")));
    },
  };
}

const same = (text: string): string => text;

/** Where the units `[at, end)` of the line came from; without origins the line is the text. */
function spanOf(origins: Origins | undefined, at: number, end: number): [number, number] {
  if (origins === undefined) return [at, end];
  const { starts, ends } = origins;
  return [starts[Math.min(at, end - 1)]!, ends[end - 1]!];
}

function checkDropout(rng: Rng | undefined, dropout: unknown): void {
  if (rng === undefined || dropout !== undefined) return;
  throw new OptionError({
    what: "rng is given and the tokenizer has no dropout",
    why: "only dropout leaves coding to chance",
    fix: "make the tokenizer with dropout: createBpeDropout(codes), or leave rng out",
  });
}

function checkIds(vocab: TokenizerParts["vocab"]): void {
  const { size, tokens, bosId, eosId, padId, unkId } = vocab;
  const ids = [bosId, eosId, padId, unkId];
  const named = ids.every((id) => tokens[id] !== undefined && vocab.idOf(tokens[id]) === id);
  if (tokens.length === size && named) return;
  throw new MismatchError({
    what: `the vocabulary has size ${size}, ${tokens.length} tokens, and the special ids ${ids.join(", ")}`,
    why: "each id is the place of its token, and each special id has one",
    fix: "take a vocabulary as @xlm/data or parseTokenizerJson makes it",
  });
}
