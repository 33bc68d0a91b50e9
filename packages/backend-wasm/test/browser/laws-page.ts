import { runLaws, type LawsReport, type LawsRequest } from "./laws.js";

/** What the page offers to whoever drives it. */
export interface LawsPage {
  runLaws: Record<"page" | "worker", (request: LawsRequest) => Promise<LawsReport>>;
}

function runInWorker(request: LawsRequest): Promise<LawsReport> {
  const worker = new Worker("/laws-worker.js", { type: "module" });
  return new Promise<LawsReport>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<LawsReport>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

Object.assign(globalThis, { runLaws: { page: runLaws, worker: runInWorker } } satisfies LawsPage);
