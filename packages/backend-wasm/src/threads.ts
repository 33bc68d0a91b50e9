import { Control } from "./control.js";

/** Further threads on a memory. They sleep while there is no work and never keep a process alive. */
export interface Threads {
  /** Threads in all, with the calling one. */
  readonly count: number;
  /** Whether the calling thread may sleep: a page's main thread may not, and looks again and again instead. */
  readonly canSleep: boolean;
  /** Why there is one thread where more were asked for; null when there are all. */
  readonly note: string | null;
  /** Starts the others, once. */
  wake(): void;
  /** Ends the others for good. */
  stop(): void;
}

// One text for both kinds of worker, so that there is no file for a bundler to lose.
const source = `
const node = globalThis.process?.getBuiltinModule?.("node:worker_threads");
const start = ({ module, memory, thread }) =>
  WebAssembly.instantiate(module, { env: { memory } }).then(({ exports }) => exports.serve(thread));
if (node) start(node.workerData);
else globalThis.onmessage = ({ data }) => start(data);
`;

interface Work {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  thread: number;
}

/** Starts one worker; what comes back ends it. */
function spawn(work: Work): () => void {
  const node = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (node) {
    const worker = new node.Worker(source, { eval: true, workerData: work });
    worker.unref();
    return () => void worker.terminate();
  }
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.postMessage(work);
  return () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
}

/** Whether threads can share memory here; in a browser, only on a page that is cross-origin isolated. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer !== "undefined" && (globalThis.crossOriginIsolated ?? true);

/** How many threads can run at once on this machine. */
export function processors(): number {
  const os = globalThis.process?.getBuiltinModule?.("node:os");
  return os ? os.availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1);
}

/**
 * `wanted` threads in all, or the calling one alone where memory cannot be shared. The others are started by the first call
 * of `wake`; work that is launched before they are up is done without them.
 */
export function createThreads(module: WebAssembly.Module, memory: WebAssembly.Memory, wanted: number): Threads {
  const count = canShare() ? wanted : 1;
  const page = globalThis as { document?: unknown };
  let ends: (() => void)[] | null = null;
  return {
    count,
    canSleep: page.document === undefined,
    note:
      count === wanted
        ? null
        : `${wanted} threads were asked for and 1 runs: memory cannot be shared here (a page has to be cross-origin isolated)`,
    wake() {
      ends ??= Array.from({ length: count - 1 }, (_, i) => spawn({ module, memory, thread: i + 1 }));
    },
    stop() {
      if (!ends) return;
      const words = new Int32Array(memory.buffer);
      Atomics.store(words, Control.Stop / 4, 1);
      Atomics.add(words, Control.Job / 4, 1);
      Atomics.notify(words, Control.Job / 4);
      for (const end of ends) end();
      ends = [];
    },
  };
}
