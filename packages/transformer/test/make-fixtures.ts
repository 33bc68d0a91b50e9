// Cuts the committed fixtures out of the folder of reference outputs:
//   node --conditions=@xlm/source --import tsx packages/transformer/test/make-fixtures.ts
// float32 recordings alone, a case or two of each model, and of a position table only the rows that the cases read.
import fs from "node:fs";
import path from "node:path";
import { encodeSafetensors, type TensorData } from "@xlm/core";
import { goldenDir, readTensors } from "@xlm/tools/golden";

interface Cut {
  /** Files of weights. */
  weights: string[];
  cases: string[];
  /** What is kept of the cases and their gradients. */
  keep: RegExp;
}

const CUTS: Record<string, Cut> = {
  a: { weights: ["weights"], cases: ["tlm", "pc"], keep: /^(in|f32)\./ },
  b: { weights: ["weights"], cases: ["clm"], keep: /^(in|f32)\./ },
  // The decoder reads the recorded states of the encoder; gradients of the embeddings and of the first layer's attentions.
  c: {
    weights: ["decoder"],
    cases: ["teacher"],
    keep: /^(in|f32\.dec|f32\.decoder(?!.*\.1\.|.*ffns))\.|^f32\.(scores|loss|enc\.output_bs_first)$/,
  },
};
const out = path.join(import.meta.dirname, "fixtures");

for (const [model, { weights, cases, keep }] of Object.entries(CUTS)) {
  const from = goldenDir("model", model);
  fs.mkdirSync(path.join(out, model), { recursive: true });
  const inputs = cases.flatMap((name) => Object.entries(readTensors(path.join(from, `${name}.safetensors`))));
  const maxLen = Math.max(...inputs.flatMap(([name, { shape }]) => (/^in\.x\d?$/.test(name) ? [shape[0]!] : [])));

  const cut = (name: string, tensor: TensorData): TensorData => {
    if (!name.endsWith("position_embeddings.weight")) return tensor;
    const dim = tensor.shape[1]!;
    return { ...tensor, shape: [maxLen, dim], data: tensor.data.slice(0, maxLen * dim) };
  };
  const copy = (file: string, isKept: (name: string) => boolean): void => {
    const source = path.join(from, `${file}.safetensors`);
    if (!fs.existsSync(source)) return;
    const kept = Object.entries(readTensors(source)).filter(([name]) => isKept(name));
    const tensors = Object.fromEntries(kept.map(([name, tensor]) => [name, cut(name, tensor)]));
    fs.writeFileSync(path.join(out, model, `${file}.safetensors`), encodeSafetensors(tensors));
  };

  fs.copyFileSync(path.join(from, "config.json"), path.join(out, model, "config.json"));
  fs.chmodSync(path.join(out, model, "config.json"), 0o644);
  for (const file of weights) copy(file, (name) => name !== "pred_layer.proj.weight");
  for (const name of cases.flatMap((base) => [base, `${base}.grads`])) copy(name, (tensor) => keep.test(tensor));
}
