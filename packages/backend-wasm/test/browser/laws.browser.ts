import { kernelLaws } from "@xlm/kernels/conformance";
import { openChromium } from "@xlm/tools/chromium";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LawsReport, LawsRequest } from "./laws.js";
import type { LawsPage } from "./laws-page.js";
import { bundlePages, serve, type Site } from "./serve.js";

interface Place extends LawsRequest {
  isolated: boolean;
  where: "page" | "worker";
}

// A page's own thread may not sleep, a worker's may: both wait for the other threads in their own way.
const places: Place[] = [
  { isolated: true, where: "page", threads: 2 },
  { isolated: true, where: "worker", threads: 2 },
  { isolated: true, where: "worker", threads: 2, build: "portable" },
  { isolated: true, where: "worker", threads: 2, build: "portable-wide" },
  { isolated: true, where: "worker", threads: 2, build: "relaxed" },
  { isolated: true, where: "worker", threads: 2, build: "relaxed-wide" },
  { isolated: false, where: "page", threads: 2 },
  { isolated: false, where: "worker", threads: 2 },
];

// Only the names are asked for here: nothing runs in Node.
const names = kernelLaws({ backend: "in the browser" }).map(({ name }) => name);

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([openChromium(), bundlePages()]);
});
afterAll(() => browser?.close());

it("bundles for browsers: nothing of Node is asked for by name, no text of the pages is missing", () => {
  const scripts = [...site].filter(([at]) => at.endsWith(".js"));
  expect(scripts.map(([at]) => at).sort()).toEqual([
    ...["/laws-page.js", "/laws-worker.js", "/train-page.js", "/train-worker.js"],
  ]);
  for (const [at, { body }] of scripts)
    expect([at, body.match(/(import|require)\(["'`]node:|from ["'`]node:/)]).toEqual([at, null]);
});

it("has all the laws by name", () => {
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(150);
});

const title = ({ isolated, where, threads, build }: Place): string =>
  `in a ${isolated ? "" : "page that is not "}cross-origin isolated ${where}, ${threads} threads, build ${build ?? "chosen"}`;

describe.each(places.map((place) => [title(place), place] as const))("%s", (_, place) => {
  const { isolated, where, ...request } = place;
  let report: LawsReport;

  beforeAll(async () => {
    const { address, close } = await serve(site, { isolated });
    const page = await browser.newPage();
    try {
      await page.goto(`${address}/laws.html`);
      report = await page.evaluate(([place, request]) => (globalThis as unknown as LawsPage).runLaws[place](request), [
        where,
        request,
      ] as const);
    } finally {
      await page.close();
      await close();
    }
  });

  it("runs the threads that it says, and says why where they are fewer", () => {
    const { info, threadsUp } = report;
    expect(report.isolated).toBe(isolated);
    expect(threadsUp).toBe(info.threads);
    if (isolated) expect(info).toMatchObject({ threads: 2, threadsNote: null });
    else {
      expect(info.threads).toBe(1);
      expect(info.threadsNote).toMatch(/^2 threads were asked for and 1 runs: .*cross-origin isolated/);
    }
  });

  it("runs the build that was asked for, or else one of those that compute rightly", () => {
    const { build, trials } = report.info;
    if (place.build) expect(build).toBe(place.build);
    expect(trials.filter(({ verdict }) => verdict === "wrong")).toEqual([]);
    expect(trials.find(({ name }) => name === build)?.verdict).toBe("works");
  });

  it("gives the bits of one thread", () => {
    expect(report.sameBits).toBe(true);
  });

  it("tried every law", () => {
    expect(Object.keys(report.laws)).toEqual(names);
  });

  for (const name of names) it(name, () => expect(report.laws[name]).toBeNull());
});
