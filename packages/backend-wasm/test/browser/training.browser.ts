import { openChromium } from "@xlm/tools/chromium";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Step } from "./messages.js";
import { bundlePages, serve, type Site } from "./serve.js";

const UPDATES = 40;

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([openChromium(), bundlePages()]);
});
afterAll(() => browser?.close());

/** Opens the training page, and keeps what it complains of. */
async function withPage(isolated: boolean, use: (page: Page, complaints: string[]) => Promise<void>): Promise<void> {
  const { address, close } = await serve(site, { isolated });
  const page = await browser.newPage();
  page.setDefaultTimeout(0); // the test's own limit ends what hangs
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  try {
    await page.goto(`${address}/?threads=2`);
    await use(page, complaints);
  } finally {
    await page.close();
    await close();
  }
}

const shown = (page: Page, id: string): Promise<string> => page.locator(`#${id}`).innerText();
const stepsOf = (page: Page): Promise<Step[]> =>
  page.evaluate(() => (globalThis as unknown as { steps: Step[] }).steps);
const untilStep = (page: Page, n: number): Promise<unknown> =>
  page.waitForFunction((least) => (globalThis as unknown as { steps: Step[] }).steps.length >= least, n);
const mean = (steps: Step[]): number => steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length;

describe.each([
  { isolated: true, threads: "2", note: /^$/ },
  { isolated: false, threads: "1", note: /^2 threads were asked for and 1 runs: .*cross-origin isolated/ },
])("the training page, cross-origin isolated: $isolated", ({ isolated, threads, note }) => {
  it("trains in a worker, shows how fast, and pauses", async () => {
    await withPage(isolated, async (page, complaints) => {
      await page.getByRole("button", { name: "Train" }).click();
      await untilStep(page, UPDATES);
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("button", { name: "Train on" }).waitFor();
      await page.waitForFunction(() => document.querySelector("#chart polyline.tlm"));

      const steps = await stepsOf(page);
      expect(steps.map(({ update }) => update)).toEqual(steps.map((_, i) => i + 1));
      for (const objective of ["mlm", "tlm"]) {
        const own = steps.filter((step) => step.objective === objective);
        expect(mean(own.slice(-8))).toBeLessThan(mean(own.slice(0, 8)) - 0.5);
      }
      expect(Number((await shown(page, "speed")).replaceAll(",", ""))).toBeGreaterThan(0);
      expect(Number(await shown(page, "update"))).toBe(steps.length);
      expect(await shown(page, "loss")).toBe(mean(steps.slice(-20)).toFixed(2));
      expect(await shown(page, "threads")).toBe(threads);
      expect(await shown(page, "build")).toMatch(/^(portable|relaxed)(-wide)?$/);
      expect((await page.locator("#note").textContent()) ?? "").toMatch(note);

      await page.getByRole("button", { name: "Train on" }).click();
      await untilStep(page, steps.length + 2);
      expect(complaints).toEqual([]);
    });
  });
});

it("fits a narrow screen", async () => {
  await withPage(true, async (page) => {
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });
});
