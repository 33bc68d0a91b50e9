import {
  encode,
  labelLoss,
  regressionLoss,
  sequenceScores,
  type Head,
  type Joined,
  type Transformer,
} from "@xlm/transformer";
import { UnsupportedError } from "@xlm/core";
import type { LabelledBatch, Objective } from "../objective.js";

/** An encoder with a linear head on its first hidden state: `joinModels({ encoder, head })`. */
export type Classifier = Joined<{ readonly encoder: Transformer; readonly head: Head }>;

/**
 * Fine-tuning on sentences, or pairs, with an answer each (§5.1; the original's `glue-xnli.py`): classes by cross entropy, or one number by
 * its square error.
 */
export const classify = (kind: "classes" | "number" = "classes"): Objective<Classifier, LabelledBatch> => ({
  name: "classify",
  options: { kind },
  modelOf: (model) => {
    if ("encoder" in model && "head" in model) return model as Classifier;
    throw new UnsupportedError({
      what: "the model has no encoder and head",
      why: "classification is a linear map of an encoder's first state",
      fix: "make the model with joinModels({ encoder, head })",
    });
  },
  loss: ({ encoder, head }, batch, options) => {
    const scores = sequenceScores(head, encode(encoder, batch, options), options);
    return kind === "classes"
      ? labelLoss(scores, batch.labels as Int32Array)
      : regressionLoss(scores, batch.labels as Float32Array);
  },
});
