// Stands for "vitest" in the bundles: what the comparisons with recordings ask of it.
import assert from "node:assert/strict";

export const expect = (found: unknown) => ({
  toBe: (wanted: unknown) => assert.equal(found, wanted),
  toEqual: (wanted: unknown) => assert.deepEqual(found, wanted),
});
