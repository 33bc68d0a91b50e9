import { OptionError, UnsupportedError } from "@xlm/core";
import { Control } from "./control.js";
import type { LinearMemory } from "./memory.js";
import { instantiate, moduleBytes, type Exports, type ModuleName } from "./modules.js";
import { Op } from "./ops.js";

/**
 * A build of the kernels: `relaxed` ones fuse multiplication and addition in matrix products, `wide` ones have tiles of 16
 * columns and not 8, for engines that pair 128-bit operations into 256-bit ones.
 */
export type BuildName = "portable" | "portable-wide" | "relaxed" | "relaxed-wide";

/** What became of a build at start. */
export interface Trial {
  readonly name: BuildName;
  /** Speed of its tile loop, 0 where it did not run. */
  readonly gflops: number;
  /** `unknown` to this engine, or `wrong`: it disagreed with the portable build and was dropped. */
  readonly verdict: "works" | "unknown" | "wrong";
}

/** The build that runs. */
export interface Build {
  readonly name: BuildName;
  readonly columns: number;
  readonly trials: readonly Trial[];
}

const BUILDS: Record<BuildName, { module: ModuleName; columns: number }> = {
  portable: { module: "portable", columns: 8 },
  "portable-wide": { module: "portable", columns: 16 },
  relaxed: { module: "relaxed", columns: 8 },
  "relaxed-wide": { module: "relaxed", columns: 16 },
};
export const buildNames = Object.keys(BUILDS) as BuildName[];

/** The product that every build must get right: odd sizes, deeper than one packed block. */
const M = 45;
const N = 45;
const K = 301;
/** Rounds in which each build's tile loop is timed, and milliseconds of each: engines replace slow code while it runs. */
const ROUNDS = 3;
const ROUND_MS = 2;

interface Started {
  module: WebAssembly.Module;
  exports: Exports;
}

/**
 * Finds the build for this engine: a relaxed one wherever one computes rightly, of the width that a few milliseconds show to be the
 * faster. Both widths give the same bits, so what runs may hang on the clock and what it computes does not.
 * @param force take this one, or fail.
 * @param deterministic only portable ones, which give the same bits on every machine.
 * @throws UnsupportedError when no build works here, or not the one that is forced; OptionError for an unknown one.
 */
export async function chooseBuild(
  memory: LinearMemory,
  { force, deterministic }: { force: BuildName | undefined; deterministic: boolean },
): Promise<{ module: WebAssembly.Module; build: Build }> {
  const names = candidates(force, deterministic);
  const started = new Map<ModuleName, Started>();
  for (const name of ["portable", "relaxed"] as const) {
    const bytes = moduleBytes(name, memory.shared);
    if (!WebAssembly.validate(bytes)) continue;
    const module = await WebAssembly.compile(bytes);
    started.set(name, { module, exports: instantiate(module, memory.memory) });
  }
  const oracle = started.get("portable");
  if (!oracle) {
    throw new UnsupportedError({
      what: "this engine runs none of the builds",
      why: "they need 128-bit SIMD and threads of WebAssembly, in every major engine since 2021",
      fix: "use a newer browser or Node, or another backend",
    });
  }
  const room = memory.allocate(1 << 19);
  const trials: Trial[] = [];
  try {
    const expected = sample(memory, oracle.exports, 8, room);
    const speeds = new Map<BuildName, number>();
    for (let round = 0; round < (names.length > 1 ? ROUNDS : 0); round++) {
      for (const name of names) {
        const exports = started.get(BUILDS[name].module)?.exports;
        if (exports) speeds.set(name, Math.max(speeds.get(name) ?? 0, tileSpeed(exports, BUILDS[name].columns, room)));
      }
    }
    for (const name of names) {
      const { module, columns } = BUILDS[name];
      const exports = started.get(module)?.exports;
      if (!exports) {
        trials.push({ name, gflops: 0, verdict: "unknown" });
        continue;
      }
      const right = agrees(sample(memory, exports, columns, room), expected, module === "relaxed");
      trials.push({ name, gflops: speeds.get(name) ?? 0, verdict: right ? "works" : "wrong" });
    }
  } finally {
    memory.release(room);
  }
  const works = trials.filter(({ verdict }) => verdict === "works");
  const relaxed = works.filter(({ name }) => BUILDS[name].module === "relaxed");
  const best = (relaxed.length > 0 ? relaxed : works).sort((a, b) => b.gflops - a.gflops)[0];
  if (!best) {
    throw new UnsupportedError({
      what: `the build ${names.join(", ")} is ${trials.map(({ verdict }) => verdict).join(", ")} here`,
      why: "an engine must know its instructions and compute what the portable build does",
      fix: "leave `build` out, or on Node 20 and 24 pass v8Flags: true",
    });
  }
  const { module, columns } = BUILDS[best.name];
  return { module: (started.get(module) as Started).module, build: { name: best.name, columns, trials } };
}

function candidates(force: BuildName | undefined, deterministic: boolean): BuildName[] {
  if (force !== undefined && !buildNames.includes(force)) {
    throw new OptionError({
      what: `build is ${JSON.stringify(force)}`,
      why: "it names one of the builds that are inside the package",
      fix: `use one of ${buildNames.join(", ")}, or leave it out`,
    });
  }
  if (force && deterministic && BUILDS[force].module !== "portable") {
    throw new OptionError({
      what: `build is ${force} and deterministic is true`,
      why: "a relaxed build rounds as the processor at hand does",
      fix: "use portable or portable-wide, or leave one of the two out",
    });
  }
  return force ? [force] : buildNames.filter((name) => !deterministic || BUILDS[name].module === "portable");
}

/** One product by the whole path: packing, tiles, edges. */
function sample(memory: LinearMemory, exports: Exports, columns: number, room: number): Float32Array {
  const { words, floats } = memory.current();
  const [a, b] = [room, room + 4 * M * K];
  const c = b + 4 * K * N;
  const packed = c + 4 * M * N;
  const zeros = packed + 4 * K * (M + 6);
  const scratch = zeros + 4 * N + 64;
  for (let i = 0; i < M * K; i++) floats[a / 4 + i] = ((i * 7919) % 1009) / 1009 - 0.5;
  for (let i = 0; i < K * N; i++) floats[b / 4 + i] = ((i * 104729) % 997) / 997 - 0.5;
  floats.fill(0, zeros / 4, zeros / 4 + N);
  const before = words[Control.Scratch / 4] as number;
  words[Control.Scratch / 4] = scratch;
  words.set([a, K, 1, M, K, 6, packed, 8], Control.Args / 4);
  exports.launch(Op.PackRows, 1);
  words.set([M, N, K, columns, packed, 6, b, N, 1, c, N, zeros, 0, 48, 48, 0, 0], Control.Args / 4);
  exports.launch(Op.Product, 1);
  words[Control.Scratch / 4] = before;
  return memory.f32(c, M * N).slice();
}

/** Fusing rounds once where the portable build rounds twice: a difference of one unit at each of K steps, at most. */
function agrees(got: Float32Array, expected: Float32Array, fused: boolean): boolean {
  const most = fused ? K * 0.25 * 2 ** -23 : 0;
  return expected.every((value, i) => Math.abs((got[i] as number) - value) <= most);
}

function tileSpeed(exports: Exports, columns: number, room: number): number {
  const times = 40;
  const flops = 2 * 6 * columns * 256 * times;
  let best = Infinity;
  const end = performance.now() + ROUND_MS;
  do {
    const start = performance.now();
    exports.tilePeak(columns, times, room);
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return flops / Math.max(best, 1e-3) / 1e6;
}
