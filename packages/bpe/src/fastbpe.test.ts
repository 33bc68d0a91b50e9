import fs from "node:fs";
import { describe, expect, it } from "vitest";
import {
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

describe("recorded outputs of fastBPE", () => {
  it.each(
    fixture<SmallCase[]>("small_cases.json").map((recorded) => [JSON.stringify(recorded.text), recorded] as const),
  )("%s", (_, recorded) => expect(runSmallCase(recorded)).toEqual(recordedSmallCase(recorded)));

  it.each(fixture<MadeUpCase[]>("made_up.json").map((recorded) => [recorded.name, recorded] as const))(
    "%s",
    (_, recorded) => expect(runMadeUpCase(recorded)).toEqual(recordedMadeUpCase(recorded)),
  );

  it("more merges than there are", () => {
    const { text, n, output } = fixture<ExhaustedCase>("exhausted.json");
    expect(learnLikeFastBpe(text, n)).toBe(output);
  });
});
