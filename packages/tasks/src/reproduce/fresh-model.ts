import type { Rng } from "@xlm/core";
import {
  completeConfig,
  createTransformer,
  initWeights,
  type Transformer,
  type TransformerOptions,
} from "@xlm/transformer";

const GAINED = /^attentions\.\d+\.(v_lin|out_lin)\.weight$/;

/**
 * A model before its first step. With an `attentionGain` above 1 what attention gathers counts for more from the start: published weights
 * pass on so little of it that a narrow model needs many thousand updates before it looks around (docs/decisions/0003-quickstart.md).
 */
export function freshModel(options: TransformerOptions, rng: Rng, attentionGain = 1): Transformer {
  const config = completeConfig(options);
  const weights = initWeights(config, rng);
  for (const [name, { data }] of Object.entries(weights)) {
    if (GAINED.test(name)) data.forEach((value, at) => (data[at] = value * attentionGain));
  }
  return createTransformer(config, { weights });
}
