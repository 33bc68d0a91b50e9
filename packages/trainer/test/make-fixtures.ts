// Cuts the committed `fixtures/train` out of the folder of reference outputs:
//   node --conditions=@xlm/source --import tsx packages/trainer/test/make-fixtures.ts
// The first steps of each run without what a test does not read, and of the position tables the rows that are.
import fs from "node:fs";
import path from "node:path";
import { encodeSafetensors, type TensorData } from "@xlm/core";
import { goldenDir, readJson, readTensors } from "@xlm/tools/golden";

const STEPS: Readonly<Record<string, number>> = {
  ...{ mlm: 8, tlm: 7, clm: 4, mlm_alpha: 3 },
  ...{ mt: 2, ae: 1, bt: 2 },
  ...{ clf_xnli: 3, clf_stsb: 3 },
};
const ROWS = 32; // of the position tables: more than any batch has, and than back-translation may write
const KEPT_INFO =
  /^(model_params|optimizer(_[ep])?|finetune_layers|clip_grad_norm|causal|losses_f64|lr_used|grad_norm_before_clipping_f(32|64))$/;

const from = goldenDir("train");
const out = path.join(import.meta.dirname, "fixtures/train");
const write = (file: string, tensors: Readonly<Record<string, TensorData>>): void =>
  fs.writeFileSync(path.join(out, file), encodeSafetensors(tensors));
const json = (file: string, value: unknown): void => fs.writeFileSync(path.join(out, file), JSON.stringify(value));

const all = readJson<Record<string, Record<string, unknown>>>(path.join(from, "info.json"));
const info: Record<string, unknown> = {};
const configs: Record<string, unknown> = {};
for (const [name, n] of Object.entries(STEPS)) {
  const { initial_weights: files, ...run } = all[name] as Record<string, unknown> & { initial_weights: string };
  const kept = Object.entries(run).filter(([key]) => KEPT_INFO.test(key));
  const cut = kept.map(([key, value]) => [key, Array.isArray(value) ? value.slice(0, n) : value] as const);
  const starts = files.split(",").map((file) => file.trim());
  info[name] = { ...Object.fromEntries(cut), initial_weights: starts.map((file) => path.basename(file)).join(",") };

  const file = [`${name}.batches.safetensors`, `${name}.safetensors`].find((f) => fs.existsSync(path.join(from, f)))!;
  const isKept = (key: string): boolean => {
    const [, step] = /^step(\d+)\./.exec(key) ?? [];
    return step === undefined ? !key.startsWith("final.") : Number(step) < n && !key.endsWith("logits_f32");
  };
  const tensors = Object.entries(readTensors(path.join(from, file)));
  write(file, Object.fromEntries(tensors.filter(([key]) => isKept(key))));

  for (const start of starts) {
    const weights = Object.entries(readTensors(goldenDir(start))).filter(([key]) => key !== "pred_layer.proj.weight");
    write(path.basename(start), Object.fromEntries(weights.map(([key, tensor]) => [key, cutRows(key, tensor)])));
    const {
      cases: _,
      decode: __,
      ...config
    } = readJson<Record<string, unknown>>(goldenDir(path.dirname(start), "config.json"));
    Object.assign(configs, config);
  }
}
json("info.json", info);
json("config.json", configs);

function cutRows(key: string, tensor: TensorData): TensorData {
  if (key !== "position_embeddings.weight") return tensor;
  const dim = tensor.shape[1]!;
  return { ...tensor, shape: [ROWS, dim], data: tensor.data.slice(0, ROWS * dim) };
}
