// The program of a thread; see lane.ts.
import { parentPort, workerData } from "node:worker_threads";
import { XlmError } from "@xlm/core";
import { createCodePiece } from "./coding.js";
import { countParts } from "./counting.js";
import type { Answer, Job, Question } from "./lane.js";

const port = parentPort!;

function answer(bytes: Uint8Array): void {
  port.postMessage({ bytes } satisfies Answer, [bytes.buffer as ArrayBuffer]);
}

/** Errors lose their class on the way; others than ours end the thread. */
function fail(error: unknown): void {
  if (!(error instanceof XlmError)) throw error;
  const { code, what, why, fix, at } = error;
  port.postMessage({ failed: { code, parts: { what, why, fix, at } } } satisfies Answer);
}

const work = workerData as Job;
if (work.kind === "count") {
  countParts(work.job).then((counter) => answer(counter.dump()), fail);
} else {
  const code = createCodePiece(work.job);
  port.on("message", ({ piece, open }: Question) => {
    try {
      answer(code(piece, open).slice());
    } catch (error) {
      fail(error);
    }
  });
}
