import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { compareKinds, compareReading, type Kinds } from "../test/compare.js";

const fixture = (name: string): string => fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));

it("reads tensors of every kind that PyTorch wrote", () => {
  compareReading(fixture("kinds.safetensors"));
  const { tensors } = JSON.parse(fs.readFileSync(fixture("kinds.json"), "utf8")) as { tensors: Kinds };
  compareKinds(fixture("kinds.safetensors"), tensors);
  expect.hasAssertions();
});
