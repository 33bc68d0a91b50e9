import fs from "node:fs";
import { checkParallel } from "@xlm/data";
import type { StartProgress } from "../progress.js";
import type { Folder } from "./folder.js";
import type { LineRules } from "./lines.js";
import { isCurrent, surveyText, type Survey } from "./survey.js";
import { distinctSides, type TextSet } from "./texts.js";

export interface SurveyOptions {
  /** Read files again that look unchanged. */
  verify: boolean;
  progress: StartProgress;
  /** Called between pieces of a file; throws to stop. */
  check: () => void;
}

/**
 * Surveys every file of some texts, but those that have the size and time they had when it was done last.
 * @throws what `surveyText` throws; DataError for sides of a pair that do not have equally many lines.
 */
export async function surveyAll(
  sets: readonly TextSet[],
  rules: LineRules,
  folder: Pick<Folder, "survey" | "setSurvey">,
  { verify, progress, check }: SurveyOptions,
): Promise<ReadonlyMap<string, Survey>> {
  const files = [...new Set(distinctSides(sets).map(({ file }) => file))];
  const known = new Map(files.map((file) => [file, folder.survey(file)]));
  const isKnown = (file: string): boolean => !verify && isCurrent(known.get(file), file, rules);
  const total = files.reduce((sum, file) => sum + (isKnown(file) ? 0 : fs.statSync(file).size), 0);
  const bar = progress("Checking the text", Math.ceil(total / 1e6), "MB");
  const surveys = new Map<string, Survey>();
  let done = 0;
  for (const file of files) {
    const old = known.get(file);
    if (isKnown(file)) surveys.set(file, old as Survey);
    else {
      const survey = await surveyText(file, rules, (n) => {
        check();
        bar.update(Math.floor((done + n) / 1e6), file);
      });
      done += survey.size;
      surveys.set(file, survey);
    }
  }
  bar.stop();
  for (const [file, survey] of surveys) folder.setSurvey(file, survey);
  for (const { sides } of sets) {
    const [first, second] = sides.map(({ file }) => ({ file, lines: { length: surveys.get(file)!.lines } }));
    if (first && second) checkParallel(first, second);
  }
  return surveys;
}
