// What run.ts and the process that runs the specs tell one another.

/** What to test; the one argument of the child process, as JSON. */
export interface Task {
  backend: string;
  threads: number;
}

/** A finished spec, or anything else that failed. */
export interface Outcome {
  name: string;
  status: "passed" | "failed" | "pending";
  /** The first failed expectation. */
  message: string;
}

/** What the child process sends, `"end"` after the last spec. */
export type Message = Outcome | "end";
