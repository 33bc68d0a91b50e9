import { Option, type Command } from "commander";
import { AUTO, BACKENDS, DEFAULT_BACKEND, settleBackend, type BackendOptions } from "./backends.js";
import { alphaValue, finiteNumber, nameList, numberList, wholeNumber } from "./options.js";
import { MOSES_RELEASES, TOKENIZER_NAMES, TOKENIZERS, type Tokenizer } from "./tokenize.js";

/** How text becomes words; `wordRules` reads what it adds. */
export const addTokenizeFlags = (command: Command, fallback: Tokenizer): Command =>
  command
    .addOption(
      new Option(
        "--tokenize <how>",
        Object.entries(TOKENIZERS)
          .map(([name, about]) => `${name}: ${about}`)
          .join("; "),
      )
        .choices(TOKENIZER_NAMES)
        .default(fallback),
    )
    .addOption(
      new Option("--moses <year>", "state of the Moses scripts; XLM's released models read text of 2019")
        .choices(MOSES_RELEASES)
        .default("2025"),
    );

/** What `addTokenizeFlags` adds. */
export interface TokenizeFlags {
  tokenize: Tokenizer;
  moses: (typeof MOSES_RELEASES)[number];
}

const PRECISIONS = ["fp32", "tf32", "bf16"] as const;

/** What computes. */
export const addBackendFlags = (command: Command, fallback: string | undefined = DEFAULT_BACKEND): Command =>
  command
    .addOption(
      new Option(
        "--backend <name>",
        [`${AUTO}: cuda where it starts, else wasm`]
          .concat(Object.entries(BACKENDS).map(([name, { about }]) => `${name}: ${about}`))
          .join("; "),
      ).default(fallback),
    )
    .option(
      "--threads <n>",
      "threads of wasm: any number gives the same results (default: all, up to 8)",
      wholeNumber(1),
    )
    .option("--deterministic", "wasm: the same results on every machine, somewhat slower")
    .addOption(
      new Option("--precision <kind>", "cuda: how matrix products and attention are made (default: tf32)").choices(
        PRECISIONS,
      ),
    )
    .hook("preAction", async (_, action) => {
      const { backend, ...options } = action.opts<BackendOptions & { backend?: string }>();
      if (backend === undefined) return;
      const source = action.getOptionValueSource("backend") ?? "default";
      const say = (line: string): void => action.configureOutput().writeErr?.(`${line}\n`);
      action.setOptionValueWithSource("backend", await settleBackend(backend, options, say), source);
    });

/** What `addBackendFlags` adds. */
export interface BackendFlags {
  backend: string;
  threads?: number;
  deterministic?: boolean;
  precision?: (typeof PRECISIONS)[number];
}

/** Everything that decides a training run, as flags. */
export interface TrainingFlags extends BackendFlags {
  seed: number;
  steps: number;
  saveEvery: number;
  objectives?: string[];
  alpha: number | "uniform";
  batch: number;
  seq: number;
  tokensPerBatch?: number;
  maxWords: number;
  layers: number;
  dim: number;
  hidden?: number;
  heads: number;
  attentionGain: number;
  maxLen: number;
  dropout: number;
  optimizer?: string;
  lr: number;
  warmup: number;
  clip: number;
  accumulate: number;
  predictProb: number;
  maskKeepRand: number[];
  sampleAlpha: number;
}

/** Flags of training with the defaults of one command. */
export function addTrainingFlags(command: Command, defaults: Omit<TrainingFlags, keyof BackendFlags>): Command {
  const d = defaults;
  return addBackendFlags(command)
    .option("--seed <n>", "of everything left to chance", wholeNumber(0, 2 ** 32 - 1), d.seed)
    .option("--steps <n>", "updates", wholeNumber(1), d.steps)
    .option("--save-every <n>", "updates between checkpoints", wholeNumber(1), d.saveEvery)
    .option(
      "--objectives <names>",
      "mlm, tlm, clm, pc, in turns (default: mlm, and tlm with parallel text)",
      nameList,
      d.objectives,
    )
    .option("--alpha <a>", "exponent of language sampling, or uniform", alphaValue, d.alpha)
    .option("--batch <n>", "rows of a batch", wholeNumber(1), d.batch)
    .option("--seq <n>", "tokens of a row of running text", wholeNumber(2), d.seq)
    .option(
      "--tokens-per-batch <n>",
      "tokens of a batch of pairs, instead of --batch",
      wholeNumber(1),
      d.tokensPerBatch,
    )
    .option("--max-words <n>", "leave out pairs with more subwords on a side", wholeNumber(1), d.maxWords)
    .option("--layers <n>", "layers", wholeNumber(1), d.layers)
    .option("--dim <n>", "width", wholeNumber(1), d.dim)
    .option(
      "--hidden <n>",
      "width inside the feed-forward layers (default: four times --dim)",
      wholeNumber(1),
      d.hidden,
    )
    .option("--heads <n>", "attention heads", wholeNumber(1), d.heads)
    .option(
      "--attention-gain <x>",
      "start value and output projections of attention so many times wider",
      finiteNumber,
      d.attentionGain,
    )
    .option("--max-len <n>", "positions the model knows", wholeNumber(3), d.maxLen)
    .option("--dropout <p>", "dropout, of attention too", finiteNumber, d.dropout)
    .option("--optimizer <spec>", "such as adam_cosine,lr=0.001 (default: made of --lr and --warmup)", d.optimizer)
    .option("--lr <x>", "learning rate at its highest", finiteNumber, d.lr)
    .option("--warmup <n>", "updates until then", wholeNumber(1), d.warmup)
    .option("--clip <x>", "longest gradient, 0 for any", finiteNumber, d.clip)
    .option("--accumulate <n>", "micro-batches of a batch", wholeNumber(1), d.accumulate)
    .option("--predict-prob <p>", "share of tokens to predict", finiteNumber, d.predictProb)
    .option("--mask-keep-rand <p,p,p>", "of those: hidden, kept, replaced", numberList, d.maskKeepRand)
    .option("--sample-alpha <a>", "above 0: favour rare tokens", finiteNumber, d.sampleAlpha);
}
