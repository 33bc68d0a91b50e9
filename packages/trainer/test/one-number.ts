// The smallest run there is: one number that follows the batches, for tests of what happens around the steps.
import * as tf from "@tensorflow/tfjs-core";
import { createRng, rngFromState, drawInt, type PredictionBatch, type RngState } from "@xlm/core";
import { registerPlainGradients } from "@xlm/kernels";
import type { Trainable } from "@xlm/transformer";
import { createTrainer, type BatchSource, type Objective, type Trainer, type TrainerState } from "../src/index.js";

/** Half the square of the distance from the weight to the target. */
const follow: Objective<Trainable, PredictionBatch> = {
  name: "follow",
  options: {},
  modelOf: (model) => model,
  loss: ({ params }, { targets: [target = 0] }) =>
    tf.mul<tf.Scalar>(0.5, tf.square(tf.sub(params["weight"] as tf.Variable, target))),
};

/** Batches of 1 to 5 sentences with a target that is drawn. */
function numbers(seed: number): BatchSource {
  let rng = createRng(seed);
  return {
    objectives: [follow],
    settings: {},
    next: () => {
      const nSentences = 1 + drawInt(rng, 5);
      const batch: PredictionBatch = {
        ids: new Int32Array(nSentences),
        shape: [nSentences, 1],
        lengths: new Int32Array(nSentences).fill(1),
        targetIndices: Int32Array.of(0),
        targets: Int32Array.of(drawInt(rng, 100)),
      };
      return { objective: follow, batch, langs: ["en"], nSentences };
    },
    state: () => rng.state(),
    restore: (state) => {
      rng = rngFromState(state as RngState);
    },
  };
}

export interface OneNumberRun {
  trainer: Trainer;
  /** The number. */
  weight(): number;
  dispose(): void;
}

/** The same run every time for a seed: from the beginning, or going on. */
export function oneNumberRun(seed: number, resume?: TrainerState): OneNumberRun {
  registerPlainGradients();
  const weight = tf.tidy(() => tf.variable(tf.scalar(0)));
  const model: Trainable = { config: {}, params: { weight }, dispose: () => weight.dispose() };
  const trainer = createTrainer(model, numbers(seed), createRng(seed), {
    optimizer: "sgd,lr=0.5",
    clip: 0,
    watch: { window: 0 },
    ...(resume && { resume }),
  });
  return {
    trainer,
    weight: () => weight.dataSync()[0] as number,
    dispose: () => {
      trainer.dispose();
      model.dispose();
    },
  };
}
