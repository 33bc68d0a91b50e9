import { createRng } from "@xlm/core";
import type { Transformer } from "@xlm/transformer";
import { createTrainingData, createTrainer, type Trainer, type TrainerState } from "../src/index.js";
import { tinyModel, tinyOptions, tinyText } from "./tiny.js";

/** The same run every time: MLM and TLM with dropout, warm-up and micro-batches; from the beginning, or going on. */
export function tinyRun(resume?: TrainerState): { model: Transformer; trainer: Trainer } {
  const { dictionary, corpora } = tinyText();
  const model = tinyModel(dictionary, 0.1);
  const data = createTrainingData(corpora, dictionary, createRng(2), tinyOptions);
  const trainer = createTrainer(model, data, createRng(3), {
    optimizer: "adam_inverse_sqrt,lr=0.01,warmup_updates=3,weight_decay=0.01",
    clip: 1,
    accumulate: 2,
    ...(resume && { resume }),
  });
  return { model, trainer };
}
