import { checkInt, OptionError, sha256Hex } from "@xlm/core";
import type { ArmResult, Experiment, ExperimentKind, ReadLines, Variant } from "./experiment.js";
import { createLab, Stopped, type LabOptions, type LabStore } from "./lab.js";
import { judge, rowOf, type Reproduction, type Row, type Stage } from "./reproduction.js";

export interface ReproduceOptions<S> extends LabOptions {
  /** @default "shipped" */
  readonly variant?: Variant;
  /** Differences to the experiment's own sizes. @default none */
  readonly sizes?: Partial<S>;
  /** @default [1, 2, 3] */
  readonly seeds?: readonly number[];
  /** Arms to run, of the experiment's. @default all */
  readonly arms?: readonly string[];
  /** What computes, for the report. @default "unnamed" */
  readonly backend?: string;
  /** Is told what has been found after every arm, and what is begun. */
  readonly onArm?: (event: ArmEvent) => void | Promise<void>;
}

/** An arm that begins (`result` absent) or is done. */
export interface ArmEvent {
  readonly arm: string;
  readonly seed: number;
  readonly done: number;
  readonly total: number;
  readonly result?: ArmResult;
  readonly reproduction: Reproduction;
}

/**
 * Makes a table of the paper again: every arm with every seed, all arms of a seed before the next seed, so that whatever has been done when it
 * is stopped can be compared. What `store` holds is not done again; the same seeds give the same table, to the digit, however often it was
 * stopped.
 * @param read gives the lines of the data files.
 * @param store where work is kept: `memoryStore()`, or a folder's.
 * @returns what there is: `complete` says whether it is all.
 * @throws before any work: OptionError (`XLM_OPTION`), DataError (`XLM_DATA`) and what the experiment's `open` throws; later
 *   DivergenceError (`XLM_DIVERGED`). Being stopped is no error.
 */
export async function reproduce<S extends object>(
  kind: ExperimentKind<S>,
  read: ReadLines,
  store: LabStore,
  options: ReproduceOptions<S> = {},
): Promise<Reproduction> {
  const { variant = "shipped", seeds = [1, 2, 3], backend = "unnamed", onArm } = options;
  checkSeeds(seeds);
  const sizes: S = { ...kind.sizes[variant], ...options.sizes };
  const files = new Map<string, { name: string; lines: number; sha256: string }>();
  const reading: ReadLines = (name) => {
    const lines = read(name);
    if (!files.has(name)) {
      const sha256 = sha256Hex(new TextEncoder().encode(lines.join("\n")));
      files.set(name, { name, lines: lines.length, sha256 });
    }
    return lines;
  };
  const experiment = kind.open(reading, variant, sizes);
  const data = [...files.values()];
  const arms = chosenArms(experiment, options.arms);
  checkSameRun(store, { experiment: kind.name, variant, sizes, data });

  const lab = createLab(store, options);
  const results: { arm: string; seed: number; result: ArmResult }[] = [];
  const stages: Stage[] = [];
  const known = new Set<string>();
  const total = arms.length * seeds.length;
  const soFar = (): Reproduction => ({
    ...{ format: "xlm-reproduction", version: 1, experiment: kind.name, title: kind.title, claim: kind.claim },
    ...{ variant, backend, seeds, sizes, facts: experiment.facts, data },
    ...tableOf(experiment, arms, results),
    complete: results.length === total && arms.length === experiment.arms.length,
    paper: kind.paper,
    stages: [...stages],
    pictures: results.flatMap(({ arm, seed, result: { pictures = [] } }) =>
      seed === seeds[0] ? pictures.map((picture) => ({ arm, seed, picture })) : [],
    ),
    samples: results.flatMap(({ arm, seed, result: { samples } }) =>
      samples && seed === seeds[0] ? [{ arm, seed, lines: samples }] : [],
    ),
  });
  try {
    for (const seed of seeds) {
      for (const { name: arm } of arms) {
        await onArm?.({ arm, seed, done: results.length, total, reproduction: soFar() });
        const result = await experiment.run(lab, arm, seed);
        checkScores(experiment, arm, result);
        for (const record of lab.takeRecords()) {
          if (known.has(record.name)) continue;
          known.add(record.name);
          stages.push({ arm, seed, ...record });
        }
        results.push({ arm, seed, result });
        await onArm?.({ arm, seed, done: results.length, total, result, reproduction: soFar() });
      }
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return soFar();
}

function tableOf(
  { columns, claims }: Experiment,
  arms: Experiment["arms"],
  results: readonly { arm: string; seed: number; result: ArmResult }[],
): Pick<Reproduction, "columns" | "rows" | "verdicts"> {
  const rows: Row[] = arms.map((arm) => {
    const own = results.filter((entry) => entry.arm === arm.name);
    return rowOf(
      arm,
      columns,
      own.map(({ seed, result: { scores } }) => ({ seed, scores })),
    );
  });
  return { columns, rows, verdicts: claims.map((claim) => judge(claim, columns, rows)) };
}

function chosenArms({ arms }: Experiment, wanted: readonly string[] | undefined): Experiment["arms"] {
  const names = arms.map(({ name }) => name);
  const strange = wanted?.find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw new OptionError({
      what: `there is no arm ${JSON.stringify(strange)}`,
      why: "an arm is a row of the experiment's table",
      fix: `name some of ${names.join(", ")}`,
    });
  }
  return wanted === undefined ? arms : arms.filter(({ name }) => wanted.includes(name));
}

function checkSeeds(seeds: readonly number[]): void {
  seeds.forEach((seed) => checkInt("each seed", seed, 0));
  if (seeds.length > 0 && new Set(seeds).size === seeds.length) return;
  throw new OptionError({
    what: `the seeds are ${seeds.join(", ") || "none"}`,
    why: "every seed is one run of all arms",
    fix: "name at least one, and each once",
  });
}

function checkScores({ columns }: Experiment, arm: string, { scores }: ArmResult): void {
  const missing = columns.find(({ name }) => typeof scores[name] !== "number");
  if (missing === undefined) return;
  throw new OptionError({
    what: `${arm} has no score ${JSON.stringify(missing.name)}`,
    why: "every arm has one score for each column",
    fix: "return it from run, or leave the column out",
  });
}

/** A store belongs to one experiment, with its text and sizes. Seeds and arms may be added to it later. */
function checkSameRun(store: LabStore, now: Readonly<Record<string, unknown>>): void {
  const saved = store.readJson("reproduction") as Readonly<Record<string, unknown>> | undefined;
  if (saved === undefined) return store.writeJson("reproduction", now);
  const differs = Object.keys(now).filter((key) => JSON.stringify(saved[key]) !== JSON.stringify(now[key]));
  if (differs.length === 0) return;
  throw new OptionError({
    what: `the saved run has other ${differs.join(", ")}`,
    why: "scores of different runs in one table would compare nothing",
    fix: "go on with the same experiment, data and sizes, or begin in a new place",
  });
}
