import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { type ErrorParts, UnsupportedError, XlmError } from "@xlm/core";
import type { CodingJob } from "./coding.js";
import type { CountingJob } from "./counting.js";

/** What a thread is started with. */
export type Job =
  { readonly kind: "code"; readonly job: CodingJob } | { readonly kind: "count"; readonly job: CountingJob };

/** What a thread answers: bytes, or why there are none. */
export type Answer = { bytes: Uint8Array } | { failed: { code: string; parts: ErrorParts } };

/** A piece for a thread that codes; see `CodePiece`. */
export interface Question {
  piece: Uint8Array;
  open: boolean;
}

/** Another thread. */
export interface Lane {
  /** Answers that have not come yet. */
  pending(): number;
  /** Asks for the coding of a piece, which is given away. */
  code(piece: Uint8Array, open: boolean): Promise<Uint8Array>;
  /** The one answer to a job that asks nothing more. */
  answer(): Promise<Uint8Array>;
  stop(): void;
}

/** Starts a thread. Answers come in the order of the questions. */
export function startLane(job: Job): Lane {
  const worker = startWorker(job);
  const waiting: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }[] = [];
  let ended: Error | undefined; // why no answer will come any more
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  worker.on("message", (answer: Answer) => {
    if ("bytes" in answer) waiting.shift()!.resolve(answer.bytes);
    else waiting.shift()!.reject(new XlmError(answer.failed.code, answer.failed.parts));
  });
  worker.on("error", (cause) =>
    end(
      new UnsupportedError({
        what: `a thread ended with: ${cause.message}`,
        why: "its part of the work is missing",
        fix: "use one thread; in a bundle, leave @xlm/bpe out of it, whose threads are a file of their own",
        cause,
      }),
    ),
  );
  const answer = (): Promise<Uint8Array> =>
    new Promise((resolve, reject) => (ended === undefined ? waiting.push({ resolve, reject }) : reject(ended)));
  return {
    pending: () => waiting.length,
    answer,
    code(piece, open) {
      worker.postMessage({ piece, open } satisfies Question, [piece.buffer as ArrayBuffer]);
      return answer();
    },
    stop: () => void worker.terminate(),
  };
}

/** The thread's module lies beside this one: built in the package, in the sources as TypeScript, which tsx loads. */
function startWorker(job: Job): Worker {
  const here = typeof __filename === "undefined" ? import.meta.url : pathToFileURL(__filename).href;
  if (!here.endsWith(".ts")) return new Worker(new URL("./worker.js", here), { workerData: job });
  const url = JSON.stringify(new URL("./worker.ts", here).href);
  return new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${url}, ${url}));`, {
    eval: true,
    execArgv: ["--conditions=@xlm/source"],
    workerData: job,
  });
}
