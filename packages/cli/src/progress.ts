import { SingleBar, Presets } from "cli-progress";
import type { Sink } from "./io.js";

/** A piece of work under way. */
export interface Progress {
  /** Tells how far it has come, with a few words on its state. */
  update(value: number, note?: string): void;
  /** Ends the display. Work that took less than two seconds leaves no trace. */
  stop(): void;
}

/** Announces work of a known size. */
export type StartProgress = (label: string, total: number, unit: string) => Progress;

export interface ProgressOptions {
  /** `"bar"` on a terminal, `"lines"` elsewhere, `"none"` to be silent. */
  style: "bar" | "lines" | "none";
  /** Milliseconds. @default performance.now */
  clock?: () => number;
}

const QUIET_MS = 2000;
const LINE_MS = 5000;

/** `93 s` or `2 min 05 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Three significant digits at least, thousands set apart. */
export function quantity(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Rate and time left of work that began at `began` and stands at `value`. */
function pace(value: number, total: number, unit: string, ms: number): string {
  const rate = value / (ms / 1000);
  if (!(rate > 0)) return "";
  return `${quantity(rate)} ${unit}/s, ${duration((total - value) / rate)} left`;
}

/** Shows progress on `sink`: a bar, plain lines every few seconds, or nothing. */
export function createProgress(sink: Sink, options: ProgressOptions): StartProgress {
  const clock = options.clock ?? (() => performance.now());
  if (options.style === "none") return () => ({ update: () => undefined, stop: () => undefined });
  const start = options.style === "bar" ? startBar : startLines;
  return (label, total, unit) => start(sink, clock, label, total, unit);
}

function startLines(sink: Sink, clock: () => number, label: string, total: number, unit: string): Progress {
  const began = clock();
  let next = began + QUIET_MS;
  let said = false;
  return {
    update: (value, note) => {
      const now = clock();
      if (now < next || value >= total) return;
      next = now + LINE_MS;
      said = true;
      const percent = Math.floor((100 * value) / total);
      const parts = [`${value}/${total} ${unit} (${percent} %)`, pace(value, total, unit, now - began), note];
      sink.write(`${label}: ${parts.filter(Boolean).join(", ")}\n`);
    },
    stop: () => {
      if (said) sink.write(`${label}: ${duration((clock() - began) / 1000)}\n`);
    },
  };
}

function startBar(sink: Sink, clock: () => number, label: string, total: number, unit: string): Progress {
  const began = clock();
  let bar: SingleBar | undefined; // appears after two seconds
  return {
    update: (value, note) => {
      const ms = clock() - began;
      if (!bar) {
        if (ms < QUIET_MS) return;
        bar = new SingleBar(
          {
            format: "{label} {bar} {percentage} %  {value}/{total}  {pace}  {note}",
            stream: sink as unknown as NodeJS.WritableStream,
            barsize: 24,
            hideCursor: true,
            clearOnComplete: true,
            gracefulExit: false, // Ctrl-C is handled by the command, which saves first
            fps: 5,
          },
          Presets.rect,
        );
        bar.start(total, value, { label, pace: "", note: "" });
      }
      bar.update(value, { pace: pace(value, total, unit, ms), note: note ?? "" });
    },
    stop: () => {
      if (!bar) return;
      bar.stop();
      sink.write(`${label}: ${duration((clock() - began) / 1000)}\n`);
    },
  };
}
