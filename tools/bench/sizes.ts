/** A model and a batch to train it on. */
export interface Size {
  nLayers: number;
  embDim: number;
  nHeads: number;
  vocabSize: number;
  rows: number;
  seq: number;
}

export const SIZES = {
  small: { nLayers: 4, embDim: 256, nHeads: 8, vocabSize: 8_000, rows: 16, seq: 128 },
  medium: { nLayers: 6, embDim: 512, nHeads: 8, vocabSize: 16_000, rows: 8, seq: 256 },
} satisfies Record<string, Size>;

/** Dropout everywhere, that on the attention weights included. */
export const DROPOUT = 0.1;
export const CLIP = 5;
export const LEARNING_RATE = 1e-4;

/** Words to predict in a batch: 15 %, a row's first token not counted, as `maskTokens` has it on average. */
export const targetCount = ({ rows, seq }: Size): number => Math.round(0.15 * rows * (seq - 1));
