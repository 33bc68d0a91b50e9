import fs from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { writeFileAtomic } from "@xlm/checkpoint";
import { MismatchError } from "@xlm/core";
import {
  lowResourceLm,
  reproduce,
  supervisedMt,
  unsupervisedMt,
  wordEmbeddings,
  xnli,
  type ArmEvent,
  type ExperimentKind,
  type Reproduction,
} from "@xlm/tasks/reproduce";
import { startBackend } from "../backends.js";
import { Interrupted } from "../exit.js";
import { addBackendFlags, type BackendFlags } from "../flags.js";
import { nameList, positiveNumber, wholeNumber } from "../options.js";
import { duration } from "../progress.js";
import { renderReproduction } from "../reproduce-report/page.js";
import { reproductionMarkdown, reproductionText } from "../reproduce-report/text.js";
import { folderStore } from "../reproduce/store.js";
import { textReader } from "../reproduce/text.js";
import type { CommonFlags, Runner, Session } from "../session.js";

interface ReproduceFlags extends CommonFlags, BackendFlags {
  budget?: number;
  seeds: number;
  seed: number;
  data?: string;
  out?: string;
  arms?: string[];
}

/** The tables of the paper, in its order. A new one is one more entry. */
const EXPERIMENTS: readonly ExperimentKind<object>[] = [
  xnli,
  unsupervisedMt,
  supervisedMt,
  lowResourceLm,
  wordEmbeddings,
]; // each knows its own sizes, and takes no others

const WORK = "work";
const TABLE = "reproduction";

/** Aborted by Ctrl-C, and by the clock when the budget is spent. */
function stopping(session: Session, minutes: number | undefined): { signal: AbortSignal; isSpent: () => boolean } {
  if (minutes === undefined) return { signal: session.io.signal, isSpent: () => false };
  const budget = AbortSignal.timeout(Math.round(minutes * 60_000));
  return { signal: AbortSignal.any([session.io.signal, budget]), isSpent: () => budget.aborted };
}

async function run(session: Session, kind: ExperimentKind<object>, flags: ReproduceFlags): Promise<void> {
  const out = flags.out ?? path.join("runs", "reproduce", kind.name);
  const read = textReader(flags.data);
  const seeds = Array.from({ length: flags.seeds }, (_, i) => flags.seed + i);
  await startBackend(flags.backend, flags);
  const { signal, isSpent } = stopping(session, flags.budget);
  const began = performance.now();
  session.say(`${kind.title}, ${seeds.length === 1 ? "one seed" : `${seeds.length} seeds`}; kept in ${out}`);

  let bar: { name: string; update: (value: number, note: string) => void; stop: () => void } | undefined;
  const found = await reproduce(kind, read, folderStore(path.join(out, WORK)), {
    ...(flags.arms && { arms: flags.arms }),
    variant: flags.data === undefined ? "shipped" : "full",
    backend: [flags.backend, flags.precision, flags.deterministic && "deterministic"].filter(Boolean).join(", "),
    seeds,
    signal,
    onStep: ({ stage, update, updates, loss }) => {
      if (bar?.name !== stage) {
        bar?.stop();
        bar = { name: stage, ...session.progress(stage, updates, "updates") };
      }
      bar.update(update, `loss ${loss.toFixed(2)}`);
    },
    onArm: (event) => {
      if (!event.result) return;
      bar?.stop();
      bar = undefined;
      session.say(armLine(event));
      writeTable(out, event.reproduction);
    },
  });
  bar?.stop();
  writeTable(out, found);
  session.result(found, reproductionText(found));
  const where = `${path.join(out, `${TABLE}.html`)}, ${TABLE}.md and ${TABLE}.json`;
  session.say(`in ${duration((performance.now() - began) / 1000)}; see ${where}`);
  if (found.rows.every(({ runs }) => runs.length === seeds.length)) return;
  const hint = "the same command goes on from here";
  if (isSpent()) session.say(`the budget of ${flags.budget} minutes is spent: ${hint}`);
  else throw new Interrupted(hint);
}

function armLine({ arm, seed, done, total, result, reproduction }: ArmEvent): string {
  const scores = reproduction.columns.map(
    ({ name, label, digits }) => `${label} ${(result?.scores[name] as number).toFixed(digits)}`,
  );
  return `[${done}/${total}] ${arm}, seed ${seed}: ${scores.join(", ")}`;
}

function writeTable(out: string, found: Reproduction): void {
  fs.mkdirSync(out, { recursive: true });
  checkOwn(path.join(out, `${TABLE}.json`), found);
  writeFileAtomic(path.join(out, `${TABLE}.json`), new TextEncoder().encode(`${JSON.stringify(found)}\n`));
  writeFileAtomic(path.join(out, `${TABLE}.md`), new TextEncoder().encode(reproductionMarkdown(found)));
  writeFileAtomic(path.join(out, `${TABLE}.html`), new TextEncoder().encode(renderReproduction(found)));
}

/** @throws MismatchError when the folder holds the table of another experiment. */
function checkOwn(file: string, { experiment }: Reproduction): void {
  if (!fs.existsSync(file)) return;
  const saved = (JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Reproduction>).experiment;
  if (saved === experiment) return;
  throw new MismatchError({
    what: `the folder holds ${String(saved)} and this is ${experiment}`,
    why: "its table would be lost",
    fix: "name another folder with --out",
    at: { file },
  });
}

export function addReproduce(program: Command, runner: Runner): void {
  const group = program.command("reproduce").description("make a table of the paper again, in miniature");
  for (const kind of EXPERIMENTS) {
    const command = group
      .command(kind.name)
      .description(kind.title)
      .option("--data <dir>", "folder of the data sets (default: a smaller run on the text that comes along)")
      .option("--seeds <n>", "runs of every arm, each with a seed of its own", wholeNumber(1, 1000), 3)
      .option("--seed <s>", "the first seed; the others follow it", wholeNumber(0, 2 ** 32 - 1), 1)
      .option("--budget <minutes>", "stop when so much time is spent; the same command goes on later", positiveNumber)
      .option("--arms <names>", "rows of the table to run (default: all)", nameList)
      .option("--out <dir>", `folder of the run, begun or gone on with (default: runs/reproduce/${kind.name})`);
    runner(addBackendFlags(command), (session, flags: ReproduceFlags) => run(session, kind, flags));
  }
}
