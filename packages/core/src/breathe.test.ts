import { afterEach, expect, it, vi } from "vitest";
import { breathe } from "./index.js";

afterEach(() => vi.unstubAllGlobals());

async function turnsUntilTimer(): Promise<number> {
  let fired = false;
  setTimeout(() => (fired = true), 0);
  let turns = 0;
  while (!fired && turns < 1_000_000) {
    await breathe();
    turns++;
  }
  return turns;
}

it("lets a timer fire that a loop of promises alone would keep waiting", async () => {
  expect(await turnsUntilTimer()).toBeLessThan(1_000_000);
});

it("does so where there is no setImmediate, as in browsers", async () => {
  vi.stubGlobal("setImmediate", undefined);
  expect(await turnsUntilTimer()).toBeLessThan(1_000_000);
});
