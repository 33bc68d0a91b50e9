import fs from "node:fs";
import type { MaskingStats } from "@xlm/objectives";
import type { Scores, StepRecord } from "./report/data.js";

/** A line of `metrics.jsonl` written after an update. */
export interface StepLine extends StepRecord {
  readonly kind: "step";
  readonly langs: readonly string[];
  readonly gradNorm: number;
  readonly tokens: number;
  readonly sentences: number;
  readonly seconds: number;
  /** What masking did to the batch; absent for objectives that hide nothing. */
  readonly masking?: MaskingStats;
}

/** A line written after an evaluation. */
export interface ScoresLine extends Scores {
  readonly kind: "scores";
  readonly step: number;
  readonly split: string;
}

export type MetricsLine = StepLine | ScoresLine;

/** All whole lines of a metrics file; one cut short by a crash is passed over. */
export function readMetrics(file: string): MetricsLine[] {
  if (!fs.existsSync(file)) return [];
  const lines: MetricsLine[] = [];
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    try {
      lines.push(JSON.parse(line) as MetricsLine);
    } catch {
      break;
    }
  }
  return lines;
}

/** Drops what a run wrote after the checkpoint it goes on from, so that every step stands there once. */
export function rewindMetrics(file: string, step: number): void {
  const kept = readMetrics(file).filter((line) => line.step <= step && !(line.kind === "scores" && line.step > 0));
  fs.writeFileSync(`${file}.tmp`, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  fs.renameSync(`${file}.tmp`, file);
}

/** Appends lines, some dozens at a time. */
export interface MetricsWriter {
  write(line: MetricsLine): void;
  flush(): void;
}

export function createMetricsWriter(file: string): MetricsWriter {
  const buffer: string[] = [];
  const flush = (): void => {
    if (buffer.length === 0) return;
    fs.appendFileSync(file, buffer.join(""));
    buffer.length = 0;
  };
  return {
    write: (line) => {
      buffer.push(`${JSON.stringify(line)}\n`);
      if (buffer.length >= 50) flush();
    },
    flush,
  };
}
