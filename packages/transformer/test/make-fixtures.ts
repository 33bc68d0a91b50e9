// Cuts the committed fixtures out of the folder of reference outputs:
//   node --conditions=@xlm/source --import tsx packages/transformer/test/make-fixtures.ts
// float32 recordings alone, a case or two of each model, and of a position table only the rows that the cases read.
import fs from "node:fs";
import path from "node:path";
import { encodeSafetensors, type TensorData } from "@xlm/core";
import { goldenDir, readTensors } from "@xlm/tools/golden";

const CASES: Record<string, string[]> = { a: ["tlm", "pc"], b: ["clm"] };
const out = path.join(import.meta.dirname, "fixtures");

for (const [model, cases] of Object.entries(CASES)) {
  const from = goldenDir("model", model);
  fs.mkdirSync(path.join(out, model), { recursive: true });
  const files = cases.map((name) => readTensors(path.join(from, `${name}.safetensors`)));
  const maxLen = Math.max(...files.map((tensors) => tensors["in.x"]?.shape[0] as number));

  const cut = (name: string, tensor: TensorData): TensorData => {
    if (!name.endsWith("position_embeddings.weight")) return tensor;
    const dim = tensor.shape[1]!;
    return { ...tensor, shape: [maxLen, dim], data: tensor.data.slice(0, maxLen * dim) };
  };
  const copy = (file: string, keep: (name: string) => boolean): void => {
    const source = path.join(from, `${file}.safetensors`);
    if (!fs.existsSync(source)) return;
    const kept = Object.entries(readTensors(source)).filter(([name]) => keep(name));
    const tensors = Object.fromEntries(kept.map(([name, tensor]) => [name, cut(name, tensor)]));
    fs.writeFileSync(path.join(out, model, `${file}.safetensors`), encodeSafetensors(tensors));
  };

  fs.copyFileSync(path.join(from, "config.json"), path.join(out, model, "config.json"));
  fs.chmodSync(path.join(out, model, "config.json"), 0o644);
  copy("weights", (name) => name !== "pred_layer.proj.weight");
  for (const name of cases) {
    copy(name, (tensor) => !tensor.startsWith("f64."));
    copy(`${name}.grads`, (tensor) => !tensor.startsWith("f64."));
  }
}
