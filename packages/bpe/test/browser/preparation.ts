import { createRng, sha256Hex, XlmError } from "@xlm/core";
import {
  bytesSource,
  createIndexer,
  createShardWriter,
  dictionaryFromCounts,
  encodeCorpus,
  indexText,
  joinCorpora,
  openCorpus,
  readLines,
  type Shard,
} from "@xlm/data";
import { createLineTokenizer, detokenize } from "@xlm/text";
import {
  applyChunks,
  countChunks,
  countVocab,
  createBpe,
  createBpeDropout,
  createBpeTransform,
  createTokenizer,
  createWordCounter,
  type EngineName,
  formatCodes,
  formatTokenizerJson,
  formatVocab,
  learnBpe,
  restoreBpe,
} from "../../src/index.js";
import { cut, joined, streamOf, utf8 } from "./pieces.js";

export interface Preparation {
  /** Raw text by language. */
  texts: Readonly<Record<string, string>>;
  /** @default what the packages choose */
  engine?: EngineName;
}

export interface Prepared {
  /** What counters and coders say of themselves. */
  readonly engines: readonly EngineName[];
  /** Length and SHA-256 of all that was made, by name. */
  readonly made: Readonly<Record<string, string>>;
}

/** Few, so that most words stay in pieces. */
const N_MERGES = 800;

/** Languages without spaces between words, whose dictionaries differ between platforms: here each sign is a word. */
const UNSPACED = new Set(["zh", "ja", "th"]);
const segment = (line: string): string => Array.from(line.replaceAll(/\s/g, "")).join(" ");
const wordsOf = (lang: string, lower: boolean): ((line: string) => string) =>
  createLineTokenizer(lang, UNSPACED.has(lang) ? { lower, segment } : { lower });

/** From raw text to ids in all ways there are: the code that must do the same everywhere. */
export async function prepare({ texts, engine }: Preparation): Promise<Prepared> {
  const made: Record<string, string> = {};
  function keep<T extends string | Uint8Array>(name: string, content: T): T {
    made[name] = `${content.length} ${sha256Hex(content)}`;
    return content;
  }
  const keepEach = <T>(name: string, items: readonly T[], make: (item: T) => string): string =>
    keep(name, items.map(make).join("\n"));

  // Words
  const lines: string[] = [];
  for (const [lang, text] of Object.entries(texts)) {
    const raw = readLines(utf8(text), { file: lang });
    const words = keepEach(`words of ${lang}`, raw, wordsOf(lang, false)).split("\n");
    keepEach(`lower-cased words of ${lang}`, raw, wordsOf(lang, true));
    keepEach(`words of ${lang} put together`, words, (line) => detokenize(line, lang));
    lines.push(...words);
  }
  const text = utf8(lines.map((line) => `${line}\n`).join(""));
  const odd = joined([text, Uint8Array.of(0xff, 0x20, 0xe2, 0x82, 0x20, 0x00, 0x0d, 0x0a, 0xc3)]); // not all UTF-8

  // Codes
  const counter = createWordCounter({ engine });
  for (const piece of cut(text)) counter.push(piece);
  keep("counts", counter.dump());
  keep("vocabulary of words", joined(counter.vocab()));
  const codes = learnBpe(counter, N_MERGES, { engine });
  const codesFile = keep("codes", formatCodes(codes));
  keep("codes as fastBPE's", formatCodes(learnBpe(counter.counts(), N_MERGES, { engine, compat: "fastbpe" })));

  // Subwords
  const bpe = createBpe(codesFile, { engine });
  const coded = keep("subwords", bpe.applyText(odd));
  keep("words again", restoreBpe(coded));
  keepEach("subwords by line", lines, (line) => bpe.applyLine(line));
  const vocab = countVocab(bpe.applyText(text), { engine });
  keep("vocabulary", formatVocab(vocab));
  const frequent = new Map([...vocab].slice(0, vocab.size >> 1));
  const limited = createBpe(codes, { engine, vocab: formatVocab(frequent) });
  keep("frequent subwords", limited.applyText(odd));
  const [dropout, rng] = [createBpeDropout(codes, { rate: 0.2 }), createRng(1)];
  keepEach("subwords by chance", lines.slice(0, 99), (line) => dropout.applyLine(line, rng));

  // Streams
  for (const options of [{}, { spaces: "collapse" }, { invalidUtf8: "replace" }, { lastWord: "drop" }] as const) {
    const subwords = streamOf(odd).pipeThrough(createBpeTransform(bpe, options)) as ReadableStream;
    keep(`stream ${JSON.stringify(options)}`, new Uint8Array(await new Response(subwords).arrayBuffer()));
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of applyChunks(bpe, cut(lines.join("\n")))) pieces.push(piece);
  keep("stream of strings", joined(pieces));
  const counted = await countChunks(streamOf(odd), { engine });
  keep("vocabulary of a stream", joined(counted.vocab()));

  // Ids
  const dictionary = dictionaryFromCounts(frequent);
  const codedLines = new TextDecoder().decode(coded).split("\n");
  const indexer = createIndexer(dictionary);
  keepEach("ids by line", codedLines, (line) => indexer.indexLine(line).join(" "));
  const indexed = indexText(codedLines, dictionary);
  keepEach("unknown words", [...indexed.unkWords], String);
  const corpus = encodeCorpus(indexed, dictionary, { file: "corpus", lang: "xx", codes: codesFile });
  keep("corpus", corpus.bytes);
  keep("manifest", JSON.stringify(corpus.manifest));

  const shards: [Shard, Uint8Array][] = [];
  const write = (shard: Shard): number => shards.push([shard, keep(shard.file, joined(shard.pieces))]);
  const writer = createShardWriter(dictionary, write, { name: "shard", lang: "xx", codes: codesFile, maxIds: 2 ** 14 });
  for (const line of codedLines) writer.addLines(utf8(`${line}\n`));
  keep("manifests", JSON.stringify(writer.end()));
  const opened = shards.map(([{ manifest }, bytes]) => openCorpus(bytesSource(bytes), manifest, dictionary));
  const { ids } = joinCorpora(opened);
  keep("ids of shards", ids.subarray(0, ids.length).join(" "));

  // All in one
  for (const [lang, text] of Object.entries(texts)) {
    const restore = (line: string): string => detokenize(line, lang);
    const tokenizer = createTokenizer({ bpe, dropout, vocab: dictionary, words: wordsOf(lang, true), restore });
    for (const options of [{ maxLen: 64, addSpecial: true }, { rng: createRng(2) }]) {
      const encodings = tokenizer.encodeBatch(text.split("\n"), options);
      const name = `tokenizer of ${lang} ${"rng" in options ? "by chance" : ""}`;
      keepEach(`ids, ${name}`, encodings, ({ ids }) => ids.join(" "));
      keepEach(`tokens, ${name}`, encodings, ({ tokens }) => tokens.join(" "));
      keepEach(`offsets, ${name}`, encodings, ({ offsets }) => offsets.join(" "));
      keepEach(`text, ${name}`, encodings, ({ ids }) => tokenizer.decode(ids));
    }
  }
  keep("tokenizer.json", formatTokenizerJson(codes, dictionary, { missing: "add" }));
  const refused = await attempt(() => createBpe(utf8("a b 2\nc d\n"), { engine, names: { codes: "codes" } }));
  keep("what is wrong with a file", JSON.stringify(refused));

  return { engines: [counter, counted, bpe, limited].map(({ engine }) => engine), made };
}

/** What came of something, or why nothing did, as data that can leave a page. */
export type Outcome<T> = { value: T } | { code: string; message: string };

/** Does something; errors that are not typed are thrown on. */
export async function attempt<T>(make: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await make() };
  } catch (error) {
    if (!(error instanceof XlmError)) throw error;
    return { code: error.code, message: error.message };
  }
}
