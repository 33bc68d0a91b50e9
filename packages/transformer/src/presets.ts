/**
 * Sizes to start from: `{ ...presets.paper12, vocabSize: 95_000, nLangs: 15 }`.
 *
 * - `paper12`: cross-lingual classification (Lample & Conneau 2019, §5.1);
 * - `paper6`: machine translation (§5.1);
 * - `small`: a few languages on one machine, hours;
 * - `quickstart`: two languages and a few thousand sentences, minutes on a CPU; short training needs no dropout;
 * - `tiny`: for tests.
 */
export const presets = {
  paper12: { embDim: 1024, nLayers: 12, nHeads: 8 },
  paper6: { embDim: 1024, nLayers: 6, nHeads: 8 },
  small: { embDim: 256, nLayers: 4, nHeads: 4, maxLen: 256 },
  quickstart: { embDim: 128, nLayers: 4, nHeads: 4, maxLen: 256, dropout: 0, attentionDropout: 0 },
  tiny: { embDim: 16, nLayers: 2, nHeads: 2, maxLen: 32, dropout: 0, attentionDropout: 0 },
} as const;
