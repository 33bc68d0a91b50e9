import fs from "node:fs";
import type { Reproduction } from "@xlm/tasks/reproduce";
import { afterAll, describe, expect, it } from "vitest";
import { workFolder, xlm } from "../test/io.js";

const work = workFolder();
afterAll(() => work.remove());

const out = work.path("lm");
const lm = [
  "reproduce",
  "low-resource-lm",
  "--arms",
  "ne-hi-en",
  "--seeds",
  "1",
  "--backend",
  "xlm-wasm",
  "--threads",
  "1",
];
const saved = (): Reproduction => JSON.parse(fs.readFileSync(`${out}/reproduction.json`, "utf8")) as Reproduction;

describe("xlm reproduce", () => {
  it("stops when it is told to, goes on, and has the table of a run never stopped", async () => {
    const controller = new AbortController();
    // Once it has read its text there are hundreds of updates to come.
    const watch = setInterval(() => fs.existsSync(`${out}/work/reproduction.json`) && controller.abort(), 20);
    const stopped = await xlm([...lm, "--out", out], controller.signal);
    clearInterval(watch);
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain("the same command goes on from here");
    const done = await xlm([...lm, "--out", out, "--json"]);
    expect(done.code, done.stderr).toBe(0);
    const whole = await xlm([...lm, "--out", work.path("whole"), "--json"]);
    expect(done.stdout).toBe(whole.stdout);
    expect(saved()).toEqual(JSON.parse(done.stdout));
    expect(fs.readdirSync(out).sort()).toEqual(["reproduction.html", "reproduction.json", "reproduction.md", "work"]);
    expect(fs.readFileSync(`${out}/reproduction.html`, "utf8")).toContain("Nepali + Hindi");
  });

  it("gives what was found at once when nothing is left to do", async () => {
    const again = await xlm([...lm, "--out", out]);
    expect([again.code, again.stdout.includes("Nepali")]).toEqual([0, true]);
    expect(again.stderr).not.toContain("updates");
  });

  it("stops when the budget is spent, without an error", async () => {
    const spent = await xlm([...lm, "--seed", "5", "--budget", "0.005", "--out", work.path("spent")]);
    expect([spent.code, spent.stderr.includes("the budget of 0.005 minutes is spent")]).toEqual([0, true]);
  });
});

describe("bad input", () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await xlm(["reproduce", ...args]);
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: "" });
    return stderr.replaceAll(work.path(), "DIR");
  };

  it("names an experiment that there is not", async () => {
    expect(await refused("xnly")).toContain("unknown command 'xnly'");
  });

  it("names a folder, a file, an arm that there are not", async () => {
    expect(await refused("xnli", "--data", work.path("none"))).toMatchInlineSnapshot(`
      "xlm: DIR/none: there is no such folder
        why: --data names the folder that the data sets lie in, such as multi30k and muse
        fix: check the path, or leave --data out for a small run on the text that comes along
      "
    `);
    fs.mkdirSync(work.path("empty"));
    expect(await refused("low-resource-lm", "--data", work.path("empty"), "--out", work.path("x"))).toMatch(
      /train\.\w\w: there is no such file/,
    );
    expect(await refused("low-resource-lm", "--arms", "fr", "--out", work.path("x"))).toContain('there is no arm "fr"');
    expect(fs.existsSync(work.path("x"))).toBe(false);
  });

  it("refuses the folder of another experiment, or of other data", async () => {
    const here = await refused("word-embeddings", "--out", out, "--arms", "untrained");
    expect(here).toContain("the saved run has other experiment");
    expect(saved().experiment).toBe("low-resource-lm");
  });

  it("refuses a budget that is none", async () => {
    expect(await refused("xnli", "--budget", "-1")).toContain("budget");
    expect(await refused("xnli", "--seeds", "0")).toContain("--seeds");
  });
});
