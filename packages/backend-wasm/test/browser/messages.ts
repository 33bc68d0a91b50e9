import type { StepEvent } from "@xlm/trainer";
import type { WasmInfo } from "../../src/index.js";

/** What the training page tells its worker. */
export interface Order {
  type: "train" | "pause";
  /** Threads of the backend, heeded by the first order. @default the backend's own choice */
  threads?: number;
}

/** What is trained, and on what. */
export interface Setup extends WasmInfo {
  readonly vocabSize: number;
  readonly nParameters: number;
}

export type Step = Pick<StepEvent, "update" | "objective" | "loss" | "nTokens" | "seconds">;

/** What the worker tells the page. */
export type News =
  | { type: "ready"; setup: Setup }
  | { type: "step"; step: Step }
  | { type: "resting"; finished: boolean }
  | { type: "failed"; message: string };
