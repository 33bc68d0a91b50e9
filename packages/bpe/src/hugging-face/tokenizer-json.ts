import { FormatError, MismatchError, UnsupportedError, checkInt, SPECIAL_TOKENS } from "@xlm/core";
import { type BpeCodes, type Merge, checkMerges } from "../codes.js";
import { excerpt } from "../lines.js";
import { END } from "../symbols.js";
import type { SubwordVocab } from "../tokenizer/vocab.js";
import { checkUtf8, toHuggingFaceTokens } from "./tokens.js";
import { formatIds, isRecord, parseJson, readVocab, show } from "./vocab.js";
import type { CodesAndVocab } from "./xlm-files.js";

export interface TokenizerJsonOptions {
  /**
   * Hugging Face's `tokenizers` insists on an id for every symbol of every merge, also those that no text is left with.
   * `"add"` gives ids from the vocabulary's size on to those that have none: a model must map such ids to `<unk>`, or
   * have rows for them. @default "refuse"
   */
  missing?: "refuse" | "add";
}

/**
 * Writes a `tokenizer.json` with which Hugging Face's `tokenizers` makes the same tokens and ids of words between spaces as
 * codes without a vocabulary (`createBpe(codes)`) do here; its own `add_special_tokens` frames texts with `<s>` and `</s>`.
 * Two things it does otherwise: special tokens that stand in a text become their ids, and U+001C to U+001F end no word.
 * @throws MismatchError for merges whose symbols have no id, unless `missing` is `"add"`; DataError as `formatXlmTokenizer`.
 */
export function formatTokenizerJson(
  codes: BpeCodes,
  vocab: Pick<SubwordVocab, "tokens">,
  { missing = "refuse" }: TokenizerJsonOptions = {},
): string {
  checkMerges(codes.merges, () => ({}));
  const tokens = toHuggingFaceTokens(codes, vocab.tokens);
  const known = new Set(tokens);
  const symbols = new Set(codes.merges.flatMap(({ left, right }) => [left, right, left + right]));
  symbols.forEach(checkUtf8);
  const extra = [...symbols].filter((symbol) => !known.has(symbol));
  if (extra.length > 0 && missing !== "add") {
    throw new MismatchError({
      what: `the merges have ${symbols.size} symbols, and ${extra.length} of them no id, such as ${extra.slice(0, 3).map(excerpt).join(", ")}`,
      why: "the tokenizers library refuses such merges",
      fix: 'set missing: "add", which gives them ids behind the others; or write the files of XLMTokenizer, which has no such rule',
    });
  }
  const absent = ["<s>", "</s>", "<unk>"].find((token) => !known.has(token));
  if (absent !== undefined) {
    throw new MismatchError({
      what: `the vocabulary has no ${absent}`,
      why: "the file names it as the mark of texts or of what has no id",
      fix: "pass a whole vocabulary, special tokens included",
    });
  }
  const special = SPECIAL_TOKENS.map((content) => ({ id: tokens.indexOf(content), content })).filter(
    ({ id }) => id >= 0,
  );
  const idOf = (token: string): number => tokens.indexOf(token);
  const piece = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } });
  const shell = JSON.stringify(
    {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: special.map((token) => ({
        ...token,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: { type: "WhitespaceSplit" },
      post_processor: {
        type: "TemplateProcessing",
        single: [piece("<s>"), text("A"), piece("</s>")],
        pair: [piece("<s>"), text("A"), piece("</s>"), text("B"), piece("</s>")],
        special_tokens: Object.fromEntries(
          ["<s>", "</s>"].map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
        ),
      },
      decoder: { type: "BPEDecoder", suffix: END },
    },
    null,
    2,
  );
  const merges = codes.merges.map(({ left, right }) => `      ${JSON.stringify([left, right])}`).join(",\n");
  return `${shell.slice(0, -2)},
  "model": {
    "type": "BPE",
    "dropout": null,
    "unk_token": "<unk>",
    "continuing_subword_prefix": null,
    "end_of_word_suffix": "${END}",
    "fuse_unk": false,
    "byte_fallback": false,
    "ignore_merges": false,
    "vocab": ${formatIds([...tokens, ...extra], "    ")},
    "merges": [\n${merges}\n    ]
  }
}
`;
}

export interface ParseTokenizerJsonOptions {
  /** Name for error messages. @default "tokenizer.json" */
  file?: string;
  /** Ids to keep, without those that `missing: "add"` gave. @default all */
  vocabSize?: number;
}

/**
 * Reads a `tokenizer.json` of Hugging Face's `tokenizers`: a BPE model whose words end in `</w>`. How the file truncates,
 * pads, frames and decodes is not taken over. Counts of merges are 0.
 * @throws UnsupportedError, naming what it found, for anything that would make other ids: another model, a normalizer,
 *   another way to cut words, other marks of words, dropout, a missing `<unk>` or other special tokens than XLM's;
 *   FormatError for a file that is no such JSON, ids that leave gaps, a token that fastBPE's form cannot hold, a merge twice.
 */
export function parseTokenizerJson(content: string, options: ParseTokenizerJsonOptions = {}): CodesAndVocab {
  const { file = "tokenizer.json" } = options;
  const json = parseJson(content, file);
  const model = isRecord(json) ? json["model"] : undefined;
  if (!isRecord(json) || !isRecord(model)) throw malformed("there is no model in it", file);
  checkKind(json, model, file);
  const vocab = readVocab(cut(model["vocab"], options.vocabSize), file);
  checkAdded(json["added_tokens"] ?? [], vocab, file);
  if (!Array.isArray(model["merges"])) throw malformed("its model has no list of merges", file);
  const merges = model["merges"].map((merge: unknown) => readMerge(merge, file));
  checkMerges(merges, () => ({ file }));
  return { codes: { merges }, vocab };
}

/** Everything that could make other ids must be as `formatTokenizerJson` writes it, or absent. */
function checkKind(
  json: Readonly<Record<string, unknown>>,
  model: Readonly<Record<string, unknown>>,
  file: string,
): void {
  const preTokenizer = json["pre_tokenizer"];
  const found: [name: string, value: unknown, expected: unknown, fix: string][] = [
    ["model.type", model["type"], "BPE", "only BPE is read here"],
    [
      "model.continuing_subword_prefix",
      model["continuing_subword_prefix"] || null,
      null,
      "read it with its own program",
    ],
    ["model.end_of_word_suffix", model["end_of_word_suffix"] ?? null, END, "read it with its own program"],
    ["model.unk_token", model["unk_token"] ?? null, "<unk>", "give the vocabulary a token <unk>, and name it there"],
    ["model.dropout", model["dropout"] || null, null, "set it to null, and pass its rate to createBpeDropout"],
    ["model.fuse_unk", model["fuse_unk"] ?? false, false, "read it with its own program"],
    ["model.byte_fallback", model["byte_fallback"] ?? false, false, "read it with its own program"],
    ["model.ignore_merges", model["ignore_merges"] ?? false, false, "read it with its own program"],
    [
      "normalizer",
      json["normalizer"] ?? null,
      null,
      "set it to null, and pass a function that does the same as `words`",
    ],
    [
      "pre_tokenizer.type",
      isRecord(preTokenizer) ? preTokenizer["type"] : null,
      "WhitespaceSplit",
      "set it to WhitespaceSplit, and pass a function that cuts words the same way as `words`",
    ],
  ];
  for (const [name, value, expected, fix] of found) {
    if (value === expected) continue;
    throw new UnsupportedError({
      what: `${name} is ${show(value)}`,
      why: `ids agree only where it is ${JSON.stringify(expected)}`,
      fix,
      at: { file },
    });
  }
}

/** The first `size` ids. */
function cut(vocab: unknown, size: number | undefined): unknown {
  if (size === undefined || !isRecord(vocab)) return vocab;
  checkInt("vocabSize", size, 1, Object.keys(vocab).length);
  return Object.fromEntries(Object.entries(vocab).filter(([, id]) => !(Number(id) >= size)));
}

function checkAdded(added: unknown, vocab: SubwordVocab, file: string): void {
  if (!Array.isArray(added)) throw malformed("added_tokens is no list", file);
  for (const token of added as unknown[]) {
    const { content, id }: Readonly<Record<string, unknown>> = isRecord(token) ? token : {};
    if (typeof content !== "string" || typeof id !== "number")
      throw malformed("an added token has no content or id", file);
    if (!SPECIAL_TOKENS.includes(content)) {
      throw new UnsupportedError({
        what: `${excerpt(content)} is an added token`,
        why: "XLM's special tokens are the only ones that are not made by merges here",
        fix: "remove it, or read the file with its own program",
        at: { file },
      });
    }
    if (vocab.tokens[id] !== content)
      throw malformed(`${content} has the id ${id} among added tokens and another in the vocabulary`, file);
  }
}

function readMerge(merge: unknown, file: string): Merge {
  const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
  const [left, right, ...more] = Array.isArray(pair) ? (pair as unknown[]) : [];
  if (typeof left !== "string" || typeof right !== "string" || more.length > 0) {
    throw malformed(`the merge ${show(merge)} is not two symbols`, file);
  }
  return { left, right, count: 0 };
}

const malformed = (what: string, file: string): FormatError =>
  new FormatError({
    what,
    why: "that is how Hugging Face's tokenizers writes a tokenizer",
    fix: "save it again with tokenizer.save(path)",
    at: { file },
  });
