// Translates with the project's own model: xlm-translate.ts BACKEND THREADS FOLDER, told over stdin `greedy` or `beam`. FOLDER holds
// what to translate (translation.json) and the weights (weights.safetensors).
import fs from "node:fs";
import path from "node:path";
import { readSafetensorsFile } from "@xlm/checkpoint";
import type { TokenBatch } from "@xlm/core";
import { createEncoderDecoder, generate, generateBeam } from "@xlm/transformer";
import type { Translation } from "../translation.js";
import { startBackend } from "./backend.js";
import { serve } from "./serve.js";

const [backend = "", threads, folder = ""] = process.argv.slice(2);
const facts = await startBackend(backend, Number(threads));
const work = JSON.parse(fs.readFileSync(path.join(folder, "translation.json"), "utf8")) as Translation;
const model = createEncoderDecoder(work.config, {
  weights: readSafetensorsFile(path.join(folder, "weights.safetensors")).tensors,
});

function padded(sentences: number[][]): TokenBatch {
  const lengths = Int32Array.from(sentences, ({ length }) => length);
  const seq = Math.max(...lengths);
  const ids = Int32Array.from(sentences.flatMap((words) => [...words, ...Array<number>(seq - words.length).fill(2)]));
  return { ids, shape: [sentences.length, seq], lengths, langs: new Int32Array(ids.length).fill(work.sourceLang) };
}

const idsOf = ({ ids, shape: [, seq], lengths }: TokenBatch): number[][] =>
  Array.from(lengths, (length, row) => [...ids.subarray(row * seq, row * seq + length)]);

await serve(facts, async (search) => {
  const { beamSize, lengthPenalty, targetLang: lang } = work;
  const start = performance.now();
  const ids: number[][] = [];
  for (const { sentences, maxLen } of work.batches) {
    const source = padded(sentences);
    const { batch } =
      search === "beam"
        ? await generateBeam(model, source, { lang, maxLen, beamSize, lengthPenalty, compat: "xlm" })
        : await generate(model, source, { lang, maxLen });
    ids.push(...idsOf(batch));
  }
  const seconds = (performance.now() - start) / 1000;
  const tokens = ids.reduce((sum, { length }) => sum + length - 1, 0);
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  return { sentencesPerSecond: ids.length / seconds, tokens, peakMiB, ids };
});
