// Comparisons shared by the tests of the reference folder and of the committed fixtures.
import {
  createBpe,
  createWordCounter,
  countVocab,
  countWords,
  type EngineName,
  formatCodes,
  formatVocab,
  learnBpe,
} from "../src/index.js";

/** Both have to come to the same. */
export const engines: readonly EngineName[] = ["wasm", "js"];

/** One small text and what fastBPE made of it. */
export interface SmallCase {
  text: string;
  n: number;
  initial_tokens: string[];
  learn_output: string;
  codes_used: string[];
  vocab_output: string;
  apply_output: string;
  apply_ok: boolean;
  stream_output: string;
}

/** What fastBPE printed when asked for more merges than there are. */
export interface ExhaustedCase {
  text: string;
  n: number;
  output: string;
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** Our outputs under the names of the recorded ones. */
export function runSmallCase({ text, n, initial_tokens, codes_used, apply_ok }: SmallCase, engine: EngineName) {
  const words = countWords(text, { lastWord: "drop", engine });
  const codes = codes_used.length > 0 ? codes_used.join("\n") : { merges: [] };
  const bpe = createBpe(codes, { engine });
  const stream = bpe.createLineStream();
  return {
    learn_output: utf8(formatCodes(learnBpe(words, n, { compat: "fastbpe", engine }))),
    learn_output_given_order: utf8(
      formatCodes(learnBpe(words, n, { compat: "fastbpe", initialTokens: initial_tokens, engine })),
    ),
    vocab_output: utf8(vocabOf([text], engine)),
    apply_output: apply_ok ? bpe.applyText(text, { lastWord: "drop" }) : undefined,
    stream_output: utf8(stream.push(text)) + utf8(stream.end()),
  };
}

/** The vocabulary file of texts, the last word of each dropped. */
function vocabOf(texts: readonly (string | Uint8Array)[], engine: EngineName): Uint8Array {
  const counter = createWordCounter({ lastWord: "drop", engine });
  for (const text of texts) {
    counter.push(text);
    counter.endText();
  }
  const pieces = Array.from(counter.vocab(), (piece) => Buffer.from(new Uint8Array(piece)));
  const file = Buffer.concat(pieces);
  const formatted = formatVocab(countVocab(texts, { lastWord: "drop", engine }));
  if (Buffer.compare(file, formatted) !== 0) throw new Error("the vocabulary is formatted in two ways");
  return file;
}

/** The recorded outputs of the same case. */
export const recordedSmallCase = (recorded: SmallCase) => ({
  learn_output: recorded.learn_output,
  learn_output_given_order: recorded.learn_output,
  vocab_output: recorded.vocab_output,
  apply_output: recorded.apply_ok ? recorded.apply_output : undefined,
  stream_output: recorded.stream_output,
});

/** Codes of a text in fastBPE's own way, as one string. */
export function learnLikeFastBpe(text: string, n: number, engine: EngineName): string {
  return utf8(formatCodes(learnBpe(countWords(text, { lastWord: "drop", engine }), n, { compat: "fastbpe", engine })));
}

/** Texts of random words and what fastBPE made of them, in base64; see fixtures/README.md. */
export interface MadeUpCase {
  name: string;
  n: number;
  a: string;
  b: string;
  words: string;
  codes: string;
  coded: string;
  vocab: string;
  cut: string;
  limited?: string;
  stream: string;
}

const decode = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** Bytes as a string that a failing test can show. */
const show = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** Our outputs under the names of the recorded ones. */
export function runMadeUpCase({ n, a, b, codes, cut, limited }: MadeUpCase, engine: EngineName) {
  const drop = { lastWord: "drop" } as const;
  const texts = [decode(a), decode(b)];
  const bpe = createBpe(decode(codes), { engine });
  const coded = bpe.applyText(texts[1]!, drop);
  const stream = bpe.createLineStream();
  return {
    words: show(vocabOf(texts, engine)),
    codes: show(formatCodes(learnBpe(countWords(texts, { ...drop, engine }), n, { compat: "fastbpe", engine }))),
    coded: show(coded),
    vocab: show(vocabOf([coded], engine)),
    limited: limited && show(createBpe(decode(codes), { vocab: decode(cut), engine }).applyText(texts[1]!, drop)),
    stream: show(stream.push(texts[1]!)) + show(stream.end()),
  };
}

/** The recorded outputs of the same case. */
export const recordedMadeUpCase = ({ words, codes, coded, vocab, limited, stream }: MadeUpCase) => ({
  words: show(decode(words)),
  codes: show(decode(codes)),
  coded: show(decode(coded)),
  vocab: show(decode(vocab)),
  limited: limited && show(decode(limited)),
  stream: show(decode(stream)),
});
