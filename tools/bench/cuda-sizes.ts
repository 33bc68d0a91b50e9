// What cuda-step trains, how many operations that takes, and what its children are told.
export interface CudaSizes {
  /** Of the encoder; the model that translates has half in its encoder and half in its decoder. */
  nLayers: number;
  embDim: number;
  nHeads: number;
  vocabSize: number;
  rows: number;
  seq: number;
  /** Side of the square product that steps are compared with. */
  square: number;
}

/** The paper's model (§5.1): 12 layers of 1024, 8 heads, 95,000 words, batches of 64 rows of 256 tokens. */
export const PAPER: CudaSizes = {
  nLayers: 12,
  embDim: 1024,
  nHeads: 8,
  vocabSize: 95_000,
  rows: 64,
  seq: 256,
  square: 8192,
};

export const N_LANGS = 15;
export const MODELS = ["mlm", "mt"] as const;
export const PRECISIONS = ["bf16", "tf32"] as const;

/** A child's work; the Python peer gets `mode` too. */
export interface CudaTask extends CudaSizes {
  model: (typeof MODELS)[number];
  precision: (typeof PRECISIONS)[number];
  dropout: number;
  clip: number;
  lr: number;
}

/** Tokens that a step reads, those of the source and those of the target. */
export const tokensOf = ({ model, rows, seq }: CudaTask): number => rows * seq * (model === "mt" ? 2 : 1);

/** Words that a step predicts: 15 % of the tokens, or all but the first of each target. */
export const targetsOf = ({ model, rows, seq }: CudaTask): number =>
  model === "mt" ? rows * (seq - 1) : Math.round(0.15 * rows * (seq - 1));

/**
 * Floating point operations of a step, 2 for a multiplication with its addition: three times those of the forward pass, which are,
 * with d the width and T the tokens of one side,
 *   - a layer of the encoder: 2 T 12 d² in its matrices, 4 T seq d for scores and their sums;
 *   - a layer of the decoder: 2 T 16 d², 2 T seq d in its own (causal) attention, 4 T seq d in that to the source;
 *   - 2 n d vocabSize for n predicted words.
 * Of the plain model: that some leave out what no target depends on changes nothing here.
 */
export function flopsOf(task: CudaTask): number {
  const { model, nLayers, embDim: d, vocabSize, rows, seq } = task;
  const tokens = rows * seq;
  const encoderLayer = 24 * tokens * d * d + 4 * tokens * seq * d;
  const decoderLayer = 32 * tokens * d * d + 6 * tokens * seq * d;
  const layers = model === "mlm" ? nLayers * encoderLayer : halfOf(nLayers) * (encoderLayer + decoderLayer);
  return 3 * (layers + 2 * targetsOf(task) * d * vocabSize);
}

/** Layers of the encoder, and of the decoder, of the model that translates. */
export const halfOf = (nLayers: number): number => Math.ceil(nLayers / 2);
