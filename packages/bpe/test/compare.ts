// Comparisons shared by the tests of the reference folder and of the committed fixtures.
import {
  createBpe,
  countVocab,
  countWords,
  formatCodes,
  formatVocab,
  learnBpe,
  parseCodes,
  parseVocab,
} from "../src/index.js";

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
export function runSmallCase({ text, n, initial_tokens, codes_used, apply_ok }: SmallCase) {
  const words = countWords(text, { lastWord: "drop" });
  const codes = codes_used.length > 0 ? parseCodes(codes_used.join("\n")) : { merges: [] };
  const bpe = createBpe(codes);
  const lines = text.endsWith("\n") ? text.slice(0, -1).split("\n") : text.split("\n");
  return {
    learn_output: utf8(formatCodes(learnBpe(words, n, { compat: "fastbpe" }))),
    learn_output_given_order: utf8(
      formatCodes(learnBpe(words, n, { compat: "fastbpe", initialTokens: initial_tokens })),
    ),
    vocab_output: utf8(formatVocab(countVocab(text, { lastWord: "drop" }))),
    apply_output: apply_ok ? bpe.applyText(text, { lastWord: "drop" }) : undefined,
    stream_output: lines.map((line) => `${bpe.applyLine(line)}\n`).join(""),
  };
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
export function learnLikeFastBpe(text: string, n: number): string {
  return utf8(formatCodes(learnBpe(countWords(text, { lastWord: "drop" }), n, { compat: "fastbpe" })));
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
export function runMadeUpCase({ n, a, b, codes, cut, limited }: MadeUpCase) {
  const drop = { lastWord: "drop" } as const;
  const texts = [decode(a), decode(b)];
  const bpe = createBpe(parseCodes(decode(codes)));
  const coded = bpe.applyText(texts[1]!, drop);
  const lines = show(texts[1]!).replace(/\n$/, "").split("\n");
  return {
    words: show(formatVocab(countVocab(texts, drop))),
    codes: show(formatCodes(learnBpe(countWords(texts, drop), n, { compat: "fastbpe" }))),
    coded: show(coded),
    vocab: show(formatVocab(countVocab(coded, drop))),
    limited:
      limited &&
      show(createBpe(parseCodes(decode(codes)), { vocab: parseVocab(decode(cut)) }).applyText(texts[1]!, drop)),
    stream: lines.map((line) => `${show(bpe.applyLine(new Uint8Array(Buffer.from(line, "latin1"))))}\n`).join(""),
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
