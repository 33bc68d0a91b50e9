import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, langId, type PredictionBatch, type TokenBatch } from "@xlm/core";
import { sentenceBatch } from "@xlm/data";
import { exportWeights } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyText, tinyTranslator } from "../../test/tiny.js";
import {
  clm,
  createTensorOptimizer,
  evaluate,
  mlm,
  pairClm,
  parseOptimizer,
  tlm,
  trainStep,
  type TextObjective,
} from "../index.js";

const { dictionary, corpora } = tinyText(8);
const context = { vocab: dictionary, langs: [langId(0, 2), langId(1, 2)], maxLen: 32 };
const [en, xx] = corpora.para[0]!.sides.map((side, lang) =>
  sentenceBatch(side, Int32Array.of(0, 1, 2, 3), dictionary, { lang: langId(lang, 2) }),
) as [TokenBatch, TokenBatch];
const batchOf = (objective: TextObjective): PredictionBatch =>
  objective.maker(context)(objective.reads === "pairs" ? [en, xx] : [en], createRng(1)) as PredictionBatch;
beforeAll(() => tf.setBackend("cpu"));

describe("pairClm", () => {
  it("predicts every token of both sentences but the first, positions restarting", () => {
    const { ids, shape, lengths, positions, langs, targets, targetIndices } = batchOf(pairClm());
    expect(targets).toHaveLength(lengths.reduce((sum, length) => sum + length - 1, 0));
    targetIndices.forEach((at, i) => expect(targets[i]).toBe(ids[at + 1]));
    const cut = en.lengths[0]!;
    expect([...positions!.subarray(0, cut + 2)]).toEqual([...Array.from({ length: cut }, (_, t) => t), 0, 1]);
    expect([langs![0], langs![shape[1] - 1]]).toEqual([0, 1]);
  });

  it("lets positions run on under compat, as the original trains", () => {
    const { positions, ...rest } = batchOf(pairClm());
    expect(positions).toBeDefined();
    expect(batchOf(pairClm({ compat: "xlm" }))).toEqual(rest);
  });
});

describe("of an encoder and a decoder", () => {
  it.each([
    ["mlm", mlm({ predictProb: 0.5 }), "encoder"],
    ["tlm", tlm({ predictProb: 0.5 }), "encoder"],
    ["clm", clm(), "decoder"],
    ["clm on pairs", pairClm(), "decoder"],
  ] as const)("%s trains one part, and leaves its way to the source alone", async (_, objective, part) => {
    const model = tinyTranslator(dictionary);
    const optimizer = createTensorOptimizer(parseOptimizer("sgd,lr=1"), model.params);
    const before = exportWeights(model);
    await trainStep(model, optimizer, [{ objective, batch: batchOf(objective) }]);
    const after = exportWeights(model);
    const moved = Object.keys(before).filter((name) => before[name]!.data.some((x, i) => x !== after[name]!.data[i]));
    expect(moved.length).toBeGreaterThan(10);
    expect(moved.filter((name) => !name.startsWith(`${part}.`) || /layer_norm15|encoder_attn/.test(name))).toEqual([]);
    optimizer.dispose();
    model.dispose();
  });

  it("clm is evaluated on the part that it trains", async () => {
    const model = tinyTranslator(dictionary);
    const batch = batchOf(clm());
    const whole = await evaluate(model, [{ objective: "clm", batch }]);
    expect(whole).toEqual(await evaluate(model.decoder, [{ objective: "clm", batch }]));
    model.dispose();
  });

  it("an encoder alone is trained whichever way it reads", () => {
    const model = tinyModel(dictionary);
    for (const objective of [mlm(), clm()]) expect(objective.modelOf(model)).toBe(model);
    model.dispose();
  });
});
