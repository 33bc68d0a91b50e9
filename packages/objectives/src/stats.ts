import type { PredictionBatch, Vocab } from "@xlm/core";

/** Counts of what masking did. Add them up over batches and divide: `chosen / tokens` is the 15 % actually seen. */
export interface MaskingStats {
  /** Tokens that could be chosen: real ones, the first of each row left out. */
  tokens: number;
  chosen: number;
  /** Of the chosen: those that read `maskId` now. */
  masked: number;
  /** Of the chosen: those that read what they read before. */
  kept: number;
  /** Of the chosen: the others. */
  random: number;
}

/**
 * Counts what stands in the places of the targets. Looks at the result alone, so it serves any masking function; a random
 * replacement that happened to be `maskId` or the token itself counts as masked or kept (one in `vocab.size` each).
 */
export function maskingStats(masked: PredictionBatch, vocab: Vocab): MaskingStats {
  const stats: MaskingStats = { tokens: 0, chosen: masked.targets.length, masked: 0, kept: 0, random: 0 };
  for (const length of masked.lengths) stats.tokens += Math.max(0, length - 1);
  for (let i = 0; i < masked.targets.length; i++) {
    const id = masked.ids[masked.targetIndices[i] as number] as number;
    if (id === vocab.maskId) stats.masked++;
    else if (id === masked.targets[i]) stats.kept++;
    else stats.random++;
  }
  return stats;
}
