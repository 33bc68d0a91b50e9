// The run that is killed: small, and with all that has a state to lose (MLM and TLM, dropout, warm-up, micro-batches).
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawInt } from "@xlm/core";
import { dictionaryFromCounts, indexText } from "@xlm/data";
import { createTrainer, createTrainingData, type Trainer, type TrainerState } from "@xlm/trainer";
import { createTransformer } from "@xlm/transformer";

export const backends = ["xlm-wasm", "cpu"] as const;
export type BackendName = (typeof backends)[number];

/** @returns what computes: a name, and of `xlm-wasm` the build that it chose and its threads. */
export async function startBackend(name: BackendName): Promise<string> {
  tf.env().set("PROD", true); // no greeting on stdout
  if (name === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return "cpu";
  }
  const { registerWasmBackend, wasmInfo } = await import("@xlm/backend-wasm");
  await registerWasmBackend({ threads: 2, v8Flags: true });
  await tf.setBackend("xlm-wasm");
  const { build, threads } = wasmInfo();
  return `xlm-wasm, build ${build}, ${threads} threads`;
}

const WORDS = 1200;
const LINES = 150; // few enough that a run of some hundred updates goes through them several times

/** The same run every time: from its beginning, or going on. */
export function createRun(resume?: TrainerState): Trainer {
  const rng = createRng(1);
  // Low numbers are frequent, as words are, so that there is something to learn.
  const word = (): string => `w${drawInt(rng, 1 + drawInt(rng, WORDS))}`;
  const english = Array.from({ length: LINES }, () => Array.from({ length: 4 + drawInt(rng, 8) }, word).join(" "));
  const other = english.map((line) => line.replaceAll("w", "v"));
  const counts = new Map<string, number>();
  for (const token of [...english, ...other].join(" ").split(" ")) counts.set(token, (counts.get(token) ?? 0) + 1);
  const dictionary = dictionaryFromCounts(counts);
  const [en, xx] = [indexText(english, dictionary), indexText(other, dictionary)];
  const data = createTrainingData(
    { mono: { en, xx }, para: [{ langs: ["en", "xx"], sides: [en, xx] }] },
    dictionary,
    createRng(2),
    { batchSize: 8, seqLen: 16, maxLen: 32 },
  );
  const model = createTransformer(
    { vocabSize: dictionary.size, nLangs: 2, embDim: 64, nLayers: 2, nHeads: 4, maxLen: 32 }, // dropout 0.1
    { rng: createRng(3) },
  );
  return createTrainer(model, data, createRng(4), {
    optimizer: "adam_inverse_sqrt,lr=0.003,warmup_updates=20,weight_decay=0.01",
    clip: 1,
    accumulate: 2,
    ...(resume && { resume }),
  });
}
