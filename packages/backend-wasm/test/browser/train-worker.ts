import * as tf from "@tensorflow/tfjs-core";
import { countVocab, countWords, createBpe, learnBpe } from "@xlm/bpe";
import { createRng } from "@xlm/core";
import { dictionaryFromCounts, indexText, type Corpus, type Dictionary } from "@xlm/data";
import { createTrainingData, createTrainer, type Trainer } from "@xlm/trainer";
import { createTransformer, parameterCount } from "@xlm/transformer";
import { BACKEND_NAME, registerWasmBackend, wasmInfo } from "../../src/index.js";
import type { News, Order, Setup } from "./messages.js";

const SIZES = { embDim: 64, nLayers: 2, nHeads: 4, maxLen: 256, dropout: 0, attentionDropout: 0 };
const MERGES = 500;
/** By then it knows the little text by heart. */
const UPDATES = 2000;

const tell = (news: News): void => globalThis.postMessage(news);

/** Words and marks of one article a line, in lower case, a space between any two. */
async function readArticles(lang: string): Promise<string[]> {
  const text = await (await fetch(`/articles.${lang}`)).text();
  return text
    .trimEnd()
    .split("\n")
    .map((line) => (line.toLowerCase().match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? []).join(" "));
}

/** Both languages as ids of one vocabulary of subwords. */
async function readCorpora(): Promise<{ en: Corpus; es: Corpus; dictionary: Dictionary }> {
  const texts = await Promise.all([readArticles("en"), readArticles("es")]);
  const bpe = createBpe(learnBpe(countWords(texts.flat().join("\n")), MERGES));
  const [en, es] = texts.map((lines) => bpe.applyText(lines.join("\n"))) as [string, string];
  const dictionary = dictionaryFromCounts(countVocab([en, es]));
  return { en: indexText(en.split("\n"), dictionary), es: indexText(es.split("\n"), dictionary), dictionary };
}

async function prepare(threads: number | undefined): Promise<{ trainer: Trainer; setup: Setup }> {
  await registerWasmBackend(threads === undefined ? {} : { threads });
  await tf.setBackend(BACKEND_NAME);
  const { en, es, dictionary } = await readCorpora();
  const model = createTransformer({ ...SIZES, vocabSize: dictionary.size, nLangs: 2 }, { rng: createRng(1) });
  const corpora = { mono: { en, es }, para: [{ langs: ["en", "es"] as const, sides: [en, es] as const }] };
  const data = createTrainingData(corpora, dictionary, createRng(2), {
    batchSize: 16,
    seqLen: 64,
    tokensPerBatch: 1024,
    maxLen: SIZES.maxLen,
  });
  const trainer = createTrainer(model, data, createRng(3), { optimizer: "adam,lr=0.002" });
  const setup = { ...wasmInfo(), vocabSize: dictionary.size, nParameters: parameterCount(model.config) };
  return { trainer, setup };
}

/** Follows orders one at a time. */
function createFollower(): (order: Order) => Promise<void> {
  let prepared: Promise<{ trainer: Trainer; setup: Setup }> | null = null;
  let training: AbortController | null = null;
  return async ({ type, threads }) => {
    if (type === "pause") return training?.abort();
    if (training) return;
    training = new AbortController();
    const { signal } = training;
    try {
      prepared ??= prepare(threads);
      const { trainer, setup } = await prepared;
      tell({ type: "ready", setup });
      const result = await trainer.train(UPDATES - trainer.counters.updates, {
        signal,
        onStep: ({ update, objective, loss, nTokens, seconds }) =>
          tell({ type: "step", step: { update, objective, loss, nTokens, seconds } }),
      });
      tell({ type: "resting", finished: result === "done" });
    } catch (error) {
      tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    } finally {
      training = null;
    }
  };
}

const follow = createFollower();
globalThis.onmessage = ({ data }: MessageEvent<Order>) => follow(data);
