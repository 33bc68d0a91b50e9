// The process that is killed: child.ts BACKEND UPDATES [DIR [MOST]]. It trains up to that many updates, from the newest checkpoint in
// DIR when there is one, and saves after every update; without DIR it saves nothing. After MOST updates of its own it waits to be
// killed, however late that comes. It tells what it computes on (`on ...`), every state (`UPDATES DIGEST`), the one it begins with
// first, and every finished save (`saved UPDATES`).
import { listCheckpoints } from "@xlm/checkpoint";
import { loadTrainer, saveTrainer, type TrainerState } from "@xlm/trainer";
import { digestOf } from "./digest.js";
import { createRun, startBackend, type BackendName } from "./run.js";

const [backend, updates, dir, most] = process.argv.slice(2);
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const tellState = (state: TrainerState): void => tell(`${state.counters.updates} ${digestOf(state)}`);

tell(`on ${await startBackend(backend as BackendName)}`);
const saved = dir !== undefined && listCheckpoints(dir).length > 0 ? loadTrainer(dir) : undefined;
const trainer = createRun(saved?.state);
tellState(await trainer.state());
const ahead = Number(updates) - trainer.counters.updates;
await trainer.train(Math.min(ahead, Number(most ?? ahead)), {
  saveEvery: 1,
  save: (state) => {
    tellState(state);
    if (dir === undefined) return;
    saveTrainer(dir, state);
    tell(`saved ${state.counters.updates}`);
  },
});
if (most !== undefined) setInterval(() => undefined, 60_000); // keeps the process
