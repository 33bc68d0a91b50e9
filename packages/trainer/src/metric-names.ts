import type { Evaluation, EvaluationBatch } from "./evaluate.js";

/**
 * The original's name of a score, by which stopping criteria and `--validation_metrics` ask for it: `valid_en_mlm_ppl`,
 * `valid_en-fr_mt_bleu`. TLM goes by `mlm`, which joins the two languages with `_`; the others join them with `-`.
 * @param langs one language or two, in their order; none for the mean over languages, `valid_mlm_ppl`.
 * @param kind perplexity, accuracy in percent, BLEU.
 */
export function metricName(
  split: string,
  objective: string,
  langs: readonly string[],
  kind: "ppl" | "acc" | "bleu",
): string {
  const name = objective === "tlm" ? "mlm" : objective;
  const text = langs.join(name === "mlm" ? "_" : "-");
  return [split, text, name, kind].filter((part) => part !== "").join("_");
}

/** What an evaluation on some text came to. */
export interface TextScores {
  readonly objective: EvaluationBatch["objective"];
  readonly langs: readonly string[];
  readonly scores: Pick<Evaluation, "perplexity" | "nCorrect" | "nTargets">;
  /** 0 to 100. */
  readonly bleu?: number;
}

/**
 * Scores by the original's names, in its units, with its means: those of MLM and of CLM over the languages evaluated by themselves,
 * arithmetic for perplexities too (its `run_all_evals`).
 */
export function namedScores(split: string, texts: readonly TextScores[]): Record<string, number> {
  const named: Record<string, number> = {};
  const percent = ({ scores }: TextScores): number => (100 * scores.nCorrect) / scores.nTargets;
  for (const text of texts) {
    const { objective, langs, bleu } = text;
    named[metricName(split, objective, langs, "ppl")] = text.scores.perplexity;
    named[metricName(split, objective, langs, "acc")] = percent(text);
    if (bleu !== undefined) named[metricName(split, objective, langs, "bleu")] = bleu;
  }
  for (const objective of ["clm", "mlm"] as const) {
    const mono = texts.filter((text) => text.objective === objective && text.langs.length === 1);
    if (mono.length === 0) continue;
    const mean = (of: (text: TextScores) => number): number =>
      mono.reduce((sum, text) => sum + of(text), 0) / mono.length;
    named[metricName(split, objective, [], "ppl")] = mean(({ scores }) => scores.perplexity);
    named[metricName(split, objective, [], "acc")] = mean(percent);
  }
  return named;
}
