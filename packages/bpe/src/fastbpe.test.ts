import fs from "node:fs";
import { describe, expect, it } from "vitest";
import {
  engines,
  type ExhaustedCase,
  learnLikeFastBpe,
  type MadeUpCase,
  recordedMadeUpCase,
  recordedSmallCase,
  runMadeUpCase,
  runSmallCase,
  type SmallCase,
} from "../test/compare.js";

const fixture = <T>(name: string): T =>
  JSON.parse(fs.readFileSync(new URL(`../test/fixtures/${name}`, import.meta.url), "utf8")) as T;

describe.each(engines)("recorded outputs of fastBPE, %s", (engine) => {
  it.each(
    fixture<SmallCase[]>("small_cases.json").map((recorded) => [JSON.stringify(recorded.text), recorded] as const),
  )("%s", (_, recorded) => expect(runSmallCase(recorded, engine)).toEqual(recordedSmallCase(recorded)));

  it.each(fixture<MadeUpCase[]>("made_up.json").map((recorded) => [recorded.name, recorded] as const))(
    "%s",
    (_, recorded) => expect(runMadeUpCase(recorded, engine)).toEqual(recordedMadeUpCase(recorded)),
  );
});

it.each(engines)("more merges than there are, %s", (engine) => {
  const { text, n, output } = fixture<ExhaustedCase>("exhausted.json");
  expect(learnLikeFastBpe(text, n, engine)).toBe(output);
});
