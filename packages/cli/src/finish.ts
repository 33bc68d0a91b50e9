import fs from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "@xlm/checkpoint";
import { loadTrainer } from "@xlm/trainer";
import { joinDataFolders } from "./data-folder.js";
import { readMetrics } from "./metrics-file.js";
import { percent, ppl, table } from "./output.js";
import { buildReport } from "./report/build.js";
import type { ReportData, Scores } from "./report/data.js";
import { renderReport } from "./report/page.js";
import { CHECKPOINTS, METRICS, REPORT, type RunSettings } from "./run-folder.js";
import type { Session } from "./session.js";

/** Writes the report of a run from its folder. */
export function writeReport(dir: string, settings: RunSettings): ReportData {
  const data = joinDataFolders(settings.data.map((folder) => path.resolve(dir, folder)));
  const { state } = loadTrainer(path.join(dir, CHECKPOINTS));
  const embeddings = state.weights["embeddings.weight"];
  if (!embeddings) throw new Error("a checkpoint without embeddings.weight");
  const report = buildReport(settings, readMetrics(path.join(dir, METRICS)), data, embeddings);
  writeFileAtomic(path.join(dir, REPORT), new TextEncoder().encode(renderReport(report)));
  return report;
}

/** The scores as rows of text: before, after, by chance. */
export function scoreTable(before: Scores, after: Scores): string {
  const rows = [["held-out text", "before", "after", "by chance"]];
  for (const [i, now] of after.langs.entries()) {
    const was = before.langs[i];
    rows.push([`${now.lang}  perplexity of hidden words`, was ? ppl(was.perplexity) : "", ppl(now.perplexity), ""]);
    rows.push([`${now.lang}  hidden words guessed`, was ? percent(was.accuracy) : "", percent(now.accuracy), ""]);
  }
  for (const [i, now] of after.retrieval.entries()) {
    const was = before.retrieval[i];
    const label = `${now.from} to ${now.to}  translation is the nearest`;
    rows.push([label, was ? percent(was.accuracy) : "", percent(now.accuracy), percent(1 / now.sentences)]);
  }
  return table(rows);
}

/** Writes the report and tells what the run came to. */
export function finishRun(session: Session, dir: string, settings: RunSettings): void {
  const report = writeReport(dir, settings);
  const { before, after } = report;
  const files = fs.readdirSync(dir).sort();
  session.result(
    { run: dir, before, after, report: path.join(dir, REPORT), files },
    `\n${after.langs.length > 0 ? `${scoreTable(before, after)}\n` : ""}run     ${dir}\nreport  ${path.join(dir, REPORT)}\n`,
  );
}
