// Kills a training process, looks at what it left, starts it again, and so on; at the end lets it finish.
import fs from "node:fs";
import path from "node:path";
import { drawInt, type Rng } from "@xlm/core";
import { checkDamage, checkFolder, diskUse, Failure, leftovers, TornCheckpoint } from "./folder.js";
import type { BackendName } from "./run.js";
import { runTraining, type Aim, type Life, type Phase } from "./training.js";

export interface KillTestOptions {
  readonly backend: BackendName;
  readonly kills: number;
  /** Of the checkpoints. */
  readonly dir: string;
  readonly report: (line: string) => void;
}

export interface KillTestResult {
  readonly nKills: number;
  /** Kills after which a process went on, and made at least one more update, with the bits of the run that was never stopped. */
  readonly nResumed: number;
  readonly nTorn: number;
  /** What went wrong; the test ended there. */
  readonly failure: string | undefined;
}

const MAX_UPDATES = 8; // of a process before it is to be killed
const MOST_UPDATES = MAX_UPDATES + 2; // of one whose kill is late
const GUESS = 20; // milliseconds of a phase that no process has lived through yet
const KEPT = 3; // saveCheckpoint's default
const DAMAGE_EVERY = 5; // kills
const PHASES: readonly Phase[] = ["starting", "training", "saving"];

/** Half of the kills aim at a save, most others at an update, some at the start, where the checkpoint is loaded. */
function drawAim(rng: Rng): Aim {
  const [draw, share] = [rng.next(), rng.next()];
  const phase = draw < 0.5 ? "saving" : draw < 0.9 ? "training" : "starting";
  return { phase, update: 1 + drawInt(rng, MAX_UPDATES), share };
}

/** @param rng chooses moments and damage. */
export async function killTest(options: KillTestOptions, rng: Rng): Promise<KillTestResult> {
  const { backend, kills, dir, report } = options;
  const last = MOST_UPDATES * kills + 20; // more than the killed processes come to
  const lengths: Record<Phase, number[]> = { starting: [], training: [], saving: [] };
  const lengthOf = (phase: Phase): number => median(lengths[phase]) ?? GUESS;
  const fell: Record<Phase, number> = { starting: 0, training: 0, saving: 0 };
  const left = new Set<string>();
  const damaged = new Set<string>();
  let [nKills, nResumed, nTorn, nDamaged, peak] = [0, 0, 0, 0, 0];
  let resumeAt = 0; // updates

  const live = async (args: string[], aim?: Aim): Promise<Life> => {
    const most = aim ? [String(MOST_UPDATES)] : [];
    const life = await runTraining([backend, String(last), ...args, ...most], aim, lengthOf);
    if (aim) for (const phase of PHASES) lengths[phase].push(...life.lengths[phase]);
    const isDone = life.code === 0 && life.states.at(-1)?.[0] === last;
    if (aim ? life.signal !== "SIGKILL" : !isDone) {
      throw new Failure(`the training process ended by itself (${life.signal ?? life.code}): ${life.complaints}`);
    }
    return life;
  };
  /** Holds a process to the reference; the kills before it are resumed once it has made an update. */
  const follow = ({ states, computesOn }: Life, reference: ReadonlyMap<number, string>): void => {
    const [from] = states[0] ?? [resumeAt];
    if (from !== resumeAt) throw new Failure(`it should have gone on from update ${resumeAt}, not ${from}`);
    const wrong = states.find(([updates, digest]) => reference.get(updates) !== digest);
    if (wrong) throw new Failure(`update ${wrong[0]}, on ${computesOn}, is not that of the run never stopped`);
    if (states.length > 1) nResumed = nKills;
  };

  try {
    const { states, computesOn } = await live([]);
    const reference = new Map(states);
    report(`on ${computesOn}: a run of ${last} updates that was never stopped, and now the same with kills`);
    while (nKills < kills) {
      const life = await live([dir], drawAim(rng));
      follow(life, reference);
      nKills++;
      fell[life.phase]++;
      for (const name of leftovers(dir)) left.add(`${name} ${fs.statSync(path.join(dir, name)).birthtimeMs}`);
      peak = Math.max(peak, diskUse(dir));
      const whole = checkFolder(dir, damaged, reference);
      const [before, newest] = whole.slice(-2);
      if (newest && before && nKills % DAMAGE_EVERY === 0) {
        checkDamage(dir, newest, before, rng);
        damaged.add(newest.path);
        nDamaged++;
        whole.pop();
      }
      resumeAt = whole.at(-1)?.step ?? 0;
    }
    follow(await live([dir]), reference);
    const whole = checkFolder(dir, damaged, reference);
    if (whole.length !== KEPT || leftovers(dir).length > 0 || whole.at(-1)!.step !== last) {
      throw new Failure(
        `the finished run should have left ${KEPT} checkpoints and nothing else: ${fs.readdirSync(dir).join(", ")}`,
      );
    }
    report(`kills while starting ${fell.starting}, training ${fell.training}, saving ${fell.saving}`);
    report(`saves or removals left half done: ${left.size}, none taken for a checkpoint`);
    report(`most on disk after a kill: ${(peak / (diskUse(dir) / KEPT)).toFixed(1)} checkpoints; ${KEPT} are kept`);
    report(`newest checkpoints damaged on purpose: ${nDamaged}, all refused by name and the one before used`);
    return { nKills, nResumed, nTorn, failure: undefined };
  } catch (error) {
    if (error instanceof TornCheckpoint) nTorn++;
    const failure = error instanceof Failure ? error.message : String((error as Error).stack);
    return { nKills, nResumed, nTorn, failure };
  }
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
