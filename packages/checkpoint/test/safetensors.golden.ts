import { goldenDir, readJson } from "@xlm/tools/golden";
import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { readSafetensorsHeader } from "../src/index.js";
import { compareKinds, compareReading, safetensorsIn, type Kinds } from "./compare.js";

it("reads every file, whole and in part, and writes it again", () => {
  for (const file of safetensorsIn(goldenDir("checkpoint"))) compareReading(file);
  expect.hasAssertions();
});

it("agrees with PyTorch on types, shapes and views", () => {
  // A description beside a file has its name; `tensors` in it are layouts.
  const described = safetensorsIn(goldenDir("checkpoint"))
    .map((file) => ({ file, json: file.replace(/safetensors$/, "json") }))
    .filter(({ json }) => fs.existsSync(json))
    .map(({ file, json }) => ({ file, kinds: readJson<{ tensors?: Kinds }>(json).tensors }))
    .filter(({ kinds }) => kinds !== undefined);
  expect(described.length).toBeGreaterThan(0);
  for (const { file, kinds } of described) compareKinds(file, kinds as Kinds);
});

it("finds the model's tensors under the names of the checkpoint", () => {
  const folder = goldenDir("checkpoint");
  const names = readJson<{ model_keys_in_order: string[] }>(path.join(folder, "checkpoint.json")).model_keys_in_order;
  const { entries } = readSafetensorsHeader(path.join(folder, "checkpoint.safetensors"));
  const found = [...entries.keys()].filter((name) => name.startsWith("model.")).map((name) => name.slice(6));
  expect(found.sort()).toEqual([...names].sort());
});
