import { countVocab, countWords, createBpe, formatCodes, formatVocab, learnBpe } from "../src/index.js";

/** One job to be timed; what it needs beforehand is made when the list is. */
export interface BpeJob {
  name: "getvocab" | "learn" | "apply";
  run(): void;
}

/** The three jobs of fastBPE on a text in memory: count its vocabulary, learn 4,000 merges from it, code it afresh. */
export function benchBpe(text: Uint8Array, nMerges = 4000): BpeJob[] {
  const codes = learnBpe(countWords(text), nMerges);
  return [
    { name: "getvocab", run: () => void formatVocab(countVocab(text)) },
    { name: "learn", run: () => void formatCodes(learnBpe(countWords(text), nMerges)) },
    { name: "apply", run: () => void createBpe(codes).applyText(text) },
  ];
}
