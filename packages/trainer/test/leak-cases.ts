// Training steps of every objective, small and of changing sizes, and what is in use after them.
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import type { Counts } from "@xlm/testing";
import {
  createEncoderDecoder,
  createHead,
  createTransformer,
  joinModels,
  type Trainable,
  type TransformerOptions,
} from "@xlm/transformer";
import {
  classify,
  createTensorOptimizer,
  createTrainingData,
  parseOptimizer,
  trainStep,
  type ObjectiveBatch,
} from "../src/index.js";
import { tinyObjectives, tinyText, type TinyObjective } from "./tiny.js";

const { dictionary, corpora } = tinyText();
const [SENTENCE, PAIR] = [8, 16]; // tokens, of which the longest has six words
const SIZES: TransformerOptions = {
  ...{ vocabSize: dictionary.size, nLangs: 2, maxLen: PAIR },
  ...{ embDim: 8, nLayers: 1, nHeads: 2, dropout: 0.1, attentionDropout: 0.1 },
};

/** Everything that learns, by name. */
export const leakCases: readonly (TinyObjective | "classify")[] = [
  ...(Object.keys(tinyObjectives) as TinyObjective[]),
  "classify",
];

const OWN = ["linearBytes", "linearBlocks", "deviceBytes", "deviceBlocks"];

/** What is in use; of a backend's own memory too, where it counts that. */
export function counts(): Counts {
  const { numTensors, numBytes, numDataBuffers, ...others } = tf.memory() as tf.MemoryInfo & Record<string, unknown>;
  const own = Object.entries(others).filter(([name]) => OWN.includes(name));
  return { numTensors, numBytes, numDataBuffers, ...Object.fromEntries(own as [string, number][]) };
}

export interface LeakRun {
  step(i: number): Promise<void>;
  dispose(): void;
}

/** A run of one objective on the current backend, one update a step; every eighth under dropout and in two micro-batches. */
export function leakRun(name: TinyObjective | "classify"): LeakRun {
  const rng = createRng(1);
  const objective = tinyObjectives[name === "classify" ? "pc" : name]; // whose batches have labels
  const model = modelFor(name);
  const sizes = { batchSize: 3, seqLen: 7, maxWords: 6, maxLen: PAIR };
  const data = createTrainingData(corpora, dictionary, rng, { ...sizes, steps: [{ objective }] });
  const next = (): ObjectiveBatch => {
    const { batch } = data.next();
    return name === "classify" ? { objective: classify(), batch } : { objective, batch };
  };
  const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.01"), model.params);
  return {
    step: async (i) => {
      const options = i % 8 === 7 ? { dropoutRng: rng, accumulate: 2 } : {};
      await trainStep(model, optimizer, [next()], options);
    },
    dispose: () => {
      optimizer.dispose();
      model.dispose();
    },
  };
}

function modelFor(name: TinyObjective | "classify"): Trainable {
  const source = { rng: createRng(2) };
  if (name === "ae" || name === "mt" || name === "bt")
    return createEncoderDecoder({ ...SIZES, maxLen: SENTENCE }, source);
  const encoder = createTransformer(SIZES, source);
  if (name !== "classify") return encoder;
  return joinModels({
    encoder,
    head: createHead({ inputDim: encoder.config.embDim, nOutputs: 2, dropout: 0.1 }, source),
  });
}
