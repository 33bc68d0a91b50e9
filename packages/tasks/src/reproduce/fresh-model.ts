import type { Rng, TensorData } from "@xlm/core";
import {
  completeConfig,
  createTransformer,
  initWeights,
  type Transformer,
  type TransformerConfig,
  type TransformerOptions,
} from "@xlm/transformer";

const GAINED = /^(attentions|encoder_attn)\.\d+\.(v_lin|out_lin)\.weight$/;

/**
 * Weights before the first step. With an `attentionGain` above 1 what attention gathers counts for more from the start: published weights
 * pass on so little of it that a narrow model needs many thousand updates before it looks around (docs/decisions/0003-quickstart.md).
 */
export function freshWeights(
  config: TransformerConfig,
  rng: Rng,
  attentionGain = 1,
): Record<string, TensorData<"F32">> {
  const weights = initWeights(config, rng);
  for (const [name, { data }] of Object.entries(weights)) {
    if (GAINED.test(name)) data.forEach((value, at) => (data[at] = value * attentionGain));
  }
  return weights;
}

/** A model with such weights. */
export function freshModel(options: TransformerOptions, rng: Rng, attentionGain = 1): Transformer {
  const config = completeConfig(options);
  return createTransformer(config, { weights: freshWeights(config, rng, attentionGain) });
}
