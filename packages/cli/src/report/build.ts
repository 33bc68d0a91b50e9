import type { Corpus, Dictionary } from "@xlm/data";
import { languageProbs } from "@xlm/sampler";
import type { TensorData } from "@xlm/core";
import type { DataSet } from "../data-folder.js";
import type { MetricsLine, ScoresLine, StepLine } from "../metrics-file.js";
import { duration, quantity } from "../progress.js";
import type { RunSettings } from "../run-folder.js";
import type { ReportData, Scores } from "./data.js";
import { checkShare, type ShareCheck } from "./statistics.js";
import { countWords, nearestWords } from "./words.js";

const NO_SCORES: Scores = { langs: [], retrieval: [] };

/** Everything the report of a finished run shows, from what lies in its folder. */
export function buildReport(
  settings: RunSettings,
  metrics: readonly MetricsLine[],
  data: DataSet,
  embeddings: TensorData<"F32">,
): ReportData {
  const steps = metrics.filter((line): line is StepLine => line.kind === "step");
  const scores = metrics.filter((line): line is ScoresLine => line.kind === "scores");
  return {
    title: settings.title,
    facts: factsOf(settings, steps, data.dictionary),
    before: scores.find((line) => line.step === 0) ?? NO_SCORES,
    after: scores.findLast((line) => line.step > 0) ?? NO_SCORES,
    steps,
    masking: maskingChecks(settings, steps),
    sampling: samplingChecks(settings, steps, data),
    words: wordTables(data, embeddings),
  };
}

const counted = (n: number | undefined, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

function factsOf(settings: RunSettings, steps: readonly StepLine[], dictionary: Dictionary): [string, string][] {
  const sum = (pick: (line: StepLine) => number): number => steps.reduce((total, line) => total + pick(line), 0);
  const seconds = sum((line) => line.seconds);
  const tokens = sum((line) => line.tokens);
  const { embDim, nLayers, nHeads } = settings.model as Readonly<Record<string, number>>;
  const { objectives, alpha, batchSize, seqLen } = settings.pretraining;
  const gain = settings.attentionGain === 1 ? "" : `, attention gain ${settings.attentionGain}`;
  return [
    ["Languages", settings.langs.join(", ")],
    ["Model", `${counted(nLayers, "layer")}, ${embDim} wide, ${counted(nHeads, "head")}${gain}`],
    ["Vocabulary", `${dictionary.size.toLocaleString("en-US")} subwords`],
    ["Objectives", objectives.map((name) => name.toUpperCase()).join(", ")],
    ["Steps", settings.steps.toLocaleString("en-US")],
    ["Batch", `${batchSize} x ${seqLen} tokens`],
    ["Optimiser", settings.optimizer.replaceAll(",", ", ")],
    ["Language sampling", `alpha ${alpha}`],
    ["Tokens read", tokens.toLocaleString("en-US")],
    ["Training time", `${duration(seconds)}, ${quantity(seconds > 0 ? tokens / seconds : 0)} tokens/s`],
    ["Backend", settings.backend],
    ["Seed", String(settings.seed)],
    ...settings.facts,
  ];
}

/** The 15 / 80 / 10 / 10 of the paper against what was drawn. */
function maskingChecks({ pretraining }: RunSettings, steps: readonly StepLine[]): ShareCheck[] {
  const total = { tokens: 0, chosen: 0, masked: 0, kept: 0, random: 0 };
  for (const { masking } of steps) {
    if (!masking) continue;
    for (const key of ["tokens", "chosen", "masked", "kept", "random"] as const) total[key] += masking[key];
  }
  if (total.tokens === 0) return [];
  const [mask, keep, rand] = pretraining.maskKeepRand;
  const chosen =
    pretraining.sampleAlpha === 0 // otherwise their number is no draw but fixed
      ? [checkShare("chosen of all tokens", pretraining.predictProb, total.chosen, total.tokens)]
      : [];
  return [
    ...chosen,
    checkShare("hidden, of the chosen", mask, total.masked, total.chosen),
    checkShare("kept, of the chosen", keep, total.kept, total.chosen),
    checkShare("replaced, of the chosen", rand, total.random, total.chosen),
  ];
}

/** How often each language (or pair) came up, by objective. One that had no choice is left out. */
function samplingChecks({ pretraining }: RunSettings, steps: readonly StepLine[], data: DataSet): ShareCheck[] {
  const sentences = ({ positions }: Corpus): number => positions.length / 2;
  const mono = data.mono.filter(({ split }) => split === "train").sort((a, b) => (a.lang < b.lang ? -1 : 1));
  const pairs = data.pairs.filter(({ split }) => split === "train");
  return pretraining.objectives.flatMap((objective) => {
    const ofText = objective === "mlm" || objective === "clm";
    const names = ofText ? mono.map(({ lang }) => lang) : pairs.map(({ langs }) => langs.join("-"));
    const counts = ofText ? mono.map(({ corpus }) => sentences(corpus)) : pairs.map(({ sides }) => sentences(sides[0]));
    if (names.length < 2) return [];
    const probs = languageProbs(counts, { alpha: pretraining.alpha });
    const drawn = steps.filter((line) => line.objective === objective).map((line) => line.langs.join("-"));
    return names.map((name, i) =>
      checkShare(
        `${objective.toUpperCase()} ${name}`,
        probs[i] as number,
        drawn.filter((other) => other === name).length,
        drawn.length,
      ),
    );
  });
}

const COUNTED = 2 ** 24; // ids that show which words are frequent; a text may be larger than memory

const beginningOf = ({ ids }: Corpus): Uint16Array | Int32Array => ids.subarray(0, Math.min(ids.length, COUNTED));

/** Neighbours from the first language to each other one. */
function wordTables(data: DataSet, embeddings: TensorData<"F32">): ReportData["words"] {
  const { tokens } = data.dictionary;
  const train = data.mono.filter(({ split }) => split === "train");
  const [first, ...others] = train.map(({ lang, corpus }) => ({
    lang,
    counts: countWords(beginningOf(corpus), tokens),
  }));
  const table = { tokens, matrix: embeddings.data, dim: embeddings.shape[1] as number };
  return others.map(({ lang, counts }) => ({
    from: (first as { lang: string }).lang,
    to: lang,
    rows: nearestWords(table, [(first as { counts: Float64Array }).counts, counts]),
  }));
}
