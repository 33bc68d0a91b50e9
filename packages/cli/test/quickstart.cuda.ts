import { emulatorFile, onGpu } from "@xlm/tools/cuda";
import { afterAll, expect, it } from "vitest";
import { readMetrics } from "../src/metrics-file.js";
import { articles, TINY, workFolder, xlm } from "./io.js";

const work = workFolder();
afterAll(() => work.remove());
if (!onGpu) for (const name of ["XLM_LIBCUDA", "XLM_LIBNVRTC", "XLM_LIBCUBLASLT"]) process.env[name] = emulatorFile;
process.env["XLM_CUDA_CACHE"] = work.path("kernels");

const texts = ["en", "es"].map((lang) => work.write(`text.${lang}`, articles(lang, 24)));
const flags = TINY.slice(0, TINY.indexOf("--backend"));

/** What the last run said. */
let said = "";

async function lossesOf(backend: string, ...more: string[]): Promise<number[]> {
  const out = work.path(backend);
  const command = ["quickstart", "--langs", "en,es", "--text", ...texts, "--parallel", ...flags, "--held-out", "4"];
  const ran = await xlm([...command, "--steps", "6", "--backend", backend, ...more, "--out", out]);
  expect(ran.code, ran.stderr).toBe(0);
  said = ran.stderr;
  return readMetrics(`${out}/metrics.jsonl`).flatMap((line) => (line.kind === "step" ? [line.loss] : []));
}

it("a quickstart on --backend cuda has the losses of wasm", async () => {
  const wasm = await lossesOf("wasm");
  const cuda = await lossesOf("cuda", "--precision", "fp32");
  expect(cuda).toHaveLength(6);
  cuda.forEach((loss, i) => expect(Math.abs(loss - (wasm[i] as number))).toBeLessThan(1e-5 * loss));
});

it("auto takes the GPU", async () => {
  const [first] = await lossesOf("auto", "--precision", "fp32");
  expect(said).toContain("--backend auto: xlm-cuda\n");
  expect(first).toBeCloseTo((await lossesOf("xlm-cuda", "--precision", "fp32"))[0] as number, 6);
});
