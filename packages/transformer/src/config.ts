import { checkInt, checkProb, OptionError } from "@xlm/core";

/** Every size and choice of an XLM encoder or decoder. Plain JSON: it is saved beside the weights. */
export interface TransformerConfig {
  /** Ids of the vocabulary, special tokens included (`n_words`). */
  readonly vocabSize: number;
  /** Languages (`n_langs`). With one, there are no language embeddings. @default 1 */
  readonly nLangs: number;
  /** Width of the hidden states (`--emb_dim`). */
  readonly embDim: number;
  /** Layers (`--n_layers`). */
  readonly nLayers: number;
  /** Attention heads, a divisor of `embDim` (`--n_heads`). */
  readonly nHeads: number;
  /** Width inside the feed-forward part. @default 4 * embDim */
  readonly hiddenDim: number;
  /** Positions the model knows: the longest sequence it reads. @default 512 */
  readonly maxLen: number;
  /** Of the feed-forward part (`--gelu_activation`); GELU is the exact one, with erf. @default "gelu" */
  readonly activation: "gelu" | "relu";
  /** A trained table, or fixed waves (`--sinusoidal_embeddings`). @default "learned" */
  readonly positionEmbeddings: "learned" | "sinusoidal";
  /** Whether a model of several languages adds language embeddings (`--use_lang_emb`). @default true */
  readonly useLangEmb: boolean;
  /** Rate after the embeddings, the attention output and the feed-forward part (`--dropout`). @default 0.1 */
  readonly dropout: number;
  /** Rate on the attention weights (`--attention_dropout`). @default 0.1 */
  readonly attentionDropout: number;
  /** Id of the padding token, whose embedding starts at zero (`pad_index`). @default 2 */
  readonly padId: number;
  /** Whether each layer also attends to the states of an encoder: a decoder (`is_encoder=False`). @default false */
  readonly crossAttention: boolean;
  /**
   * What scores the words: the token embeddings once more (`--share_inout_emb`), a matrix of their own, or adaptive softmax
   * (`--asm`; Grave et al. 2017). @default "tied"
   */
  readonly output: "tied" | "untied" | "adaptive";
  /** First ids of the rarer clusters of the adaptive softmax, ascending (`--asm_cutoffs`). @default [8000, 20000], otherwise [] */
  readonly adaptiveCutoffs: readonly number[];
  /** Each rarer cluster is projected to so many times fewer dimensions than the one before (`--asm_div_value`). @default 4 */
  readonly adaptiveDivValue: number;
}

/** What has to be said of a model; the rest has defaults. */
export type TransformerOptions = Pick<TransformerConfig, "vocabSize" | "embDim" | "nLayers" | "nHeads"> &
  Partial<TransformerConfig>;

/**
 * Fills in the defaults and checks the whole.
 * `Differs:` activation and dropout default to what the paper trained with (GELU, 0.1); the original's flags default to ReLU and 0.
 * @throws OptionError (`XLM_OPTION`) naming the field.
 */
export function completeConfig(options: TransformerOptions): TransformerConfig {
  const config: TransformerConfig = {
    vocabSize: options.vocabSize,
    nLangs: options.nLangs ?? 1,
    embDim: options.embDim,
    nLayers: options.nLayers,
    nHeads: options.nHeads,
    hiddenDim: options.hiddenDim ?? 4 * options.embDim,
    maxLen: options.maxLen ?? 512,
    activation: options.activation ?? "gelu",
    positionEmbeddings: options.positionEmbeddings ?? "learned",
    useLangEmb: options.useLangEmb ?? true,
    dropout: options.dropout ?? 0.1,
    attentionDropout: options.attentionDropout ?? 0.1,
    padId: options.padId ?? 2,
    crossAttention: options.crossAttention ?? false,
    output: options.output ?? "tied",
    adaptiveCutoffs: options.output === "adaptive" ? (options.adaptiveCutoffs ?? [8000, 20000]) : [],
    adaptiveDivValue: options.adaptiveDivValue ?? 4,
  };
  for (const name of ["vocabSize", "nLangs", "embDim", "nLayers", "nHeads", "hiddenDim", "maxLen"] as const) {
    checkInt(name, config[name], 1);
  }
  checkInt("padId", config.padId, 0, config.vocabSize - 1);
  for (const name of ["dropout", "attentionDropout"] as const) checkRate(name, config[name]);
  checkChoice("activation", config.activation, ["gelu", "relu"]);
  checkChoice("positionEmbeddings", config.positionEmbeddings, ["learned", "sinusoidal"]);
  checkChoice("useLangEmb", config.useLangEmb, [true, false]);
  checkChoice("crossAttention", config.crossAttention, [true, false]);
  checkChoice("output", config.output, ["tied", "untied", "adaptive"]);
  checkAdaptive(config);
  if (config.embDim % config.nHeads !== 0) {
    throw new OptionError({
      what: `embDim is ${config.embDim} and nHeads is ${config.nHeads}`,
      why: "every head gets an equal share of the width",
      fix: "choose a width that is a multiple of the number of heads",
    });
  }
  return config;
}

/** @throws OptionError unless `value` is a dropout rate. */
export function checkRate(name: string, value: number): void {
  checkProb(name, value);
  if (value < 1) return;
  throw new OptionError({ what: `${name} is 1`, why: "nothing would be left", fix: "use a rate below 1" });
}

function checkAdaptive({ output, adaptiveCutoffs, adaptiveDivValue, vocabSize, embDim }: TransformerConfig): void {
  if (output !== "adaptive") return;
  const ascending = adaptiveCutoffs.every(
    (cutoff, i) => Number.isInteger(cutoff) && cutoff > (adaptiveCutoffs[i - 1] ?? 0),
  );
  const last = adaptiveCutoffs.at(-1);
  if (last === undefined || !ascending || last >= vocabSize) {
    throw new OptionError({
      what: `adaptiveCutoffs are [${adaptiveCutoffs.join(", ")}] and the vocabulary has ${vocabSize} ids`,
      why: "they cut the vocabulary into a shortlist and rarer clusters",
      fix: `use one or more ascending numbers from 1 to ${vocabSize - 1}`,
    });
  }
  const narrowest = Math.floor(embDim / adaptiveDivValue ** adaptiveCutoffs.length);
  if (adaptiveDivValue >= 1 && narrowest >= 1) return;
  throw new OptionError({
    what: `adaptiveDivValue is ${adaptiveDivValue} with ${adaptiveCutoffs.length} cutoffs and embDim ${embDim}`,
    why: "every cluster is projected to a width of at least 1 and at most embDim",
    fix: "use a smaller number from 1 on, or fewer cutoffs",
  });
}

function checkChoice<T>(name: string, value: T, choices: readonly T[]): void {
  if (choices.includes(value)) return;
  throw new OptionError({
    what: `${name} is ${JSON.stringify(value)}`,
    why: "there is no such choice",
    fix: `use ${choices.map((choice) => JSON.stringify(choice)).join(" or ")}`,
  });
}

/** Whether a model so configured owns language embeddings. */
export const hasLangEmbeddings = (config: TransformerConfig): boolean => config.useLangEmb && config.nLangs > 1;
