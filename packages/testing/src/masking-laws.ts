import fc from "fast-check";
import { createRng } from "@xlm/core";
import type { PredictionBatch, TokenBatch, Vocab } from "@xlm/core";
import { arbitraryVocabAndBatch } from "./batches.js";
import { firstDifference } from "./difference.js";
import { broken, lawOf, type Law } from "./law.js";
import type { MaskFunction, MaskingLawOptions } from "./masking.js";
import { chanceLaws } from "./masking-shares.js";

/**
 * What a masking function for masked language modelling owes (Lample & Conneau 2019, §3.3).
 *
 * Laws of form are checked on random batches over random vocabularies; laws of chance on 65,536 tokens, within six standard
 * deviations of the binomial distribution, where a correct function fails once in 5 * 10^8 seeds. Those use `seed`, or 1.
 * @example
 * for (const law of maskingLaws(myMask)) it(law.name, law.run);
 */
export function maskingLaws(mask: MaskFunction, options: MaskingLawOptions = {}): Law[] {
  return [...formLaws(mask, options), ...chanceLaws(mask, options)];
}

type Case = { vocab: Required<Vocab>; batch: TokenBatch; seed: number };

function formLaws(mask: MaskFunction, options: MaskingLawOptions): Law[] {
  const cases: fc.Arbitrary<Case> = fc
    .record({ both: arbitraryVocabAndBatch(), seed: fc.nat() })
    .map(({ both, seed }) => ({ ...both, seed }));
  const law = (name: string, check: (result: PredictionBatch, given: Case) => void): Law =>
    lawOf(name, cases, (given) => check(mask(given.batch, given.vocab, createRng(given.seed)), given), options);
  const laws = [
    law("target indices ascend and lie in the batch", ({ targetIndices }, { batch }) => {
      targetIndices.forEach((index, i) => {
        const before = i === 0 ? -1 : (targetIndices[i - 1] as number);
        if (index <= before) broken(`targetIndices[${i}] is ${index} and the one before is ${before}`);
        if (index >= batch.ids.length) broken(`targetIndices[${i}] is ${index} of ${batch.ids.length} places`);
      });
    }),
    law("padding is never chosen", ({ targetIndices }, { batch }) => {
      for (const index of targetIndices) {
        const { row, t, length } = placeOf(index, batch);
        if (t >= length) broken(`token ${t} of row ${row}, of length ${length}, was chosen`);
      }
    }),
    law("targets are what stood there", ({ targetIndices, targets }, { batch }) => {
      if (targets.length !== targetIndices.length) {
        broken(`there are ${targetIndices.length} indices and ${targets.length} targets`);
      }
      targetIndices.forEach((index, i) => {
        if (targets[i] !== batch.ids[index])
          broken(`targets[${i}] is ${targets[i]} and ${batch.ids[index]} stood there`);
      });
    }),
    law("tokens that are not chosen stay equal", ({ ids, targetIndices }, { batch }) => {
      if (ids.length !== batch.ids.length) broken(`${batch.ids.length} ids went in and ${ids.length} came out`);
      const chosen = new Set(targetIndices);
      batch.ids.forEach((id, index) => {
        if (chosen.has(index) || ids[index] === id) return;
        const { row, t } = placeOf(index, batch);
        broken(`token ${t} of row ${row} was ${id}, is ${ids[index]} and was not chosen`);
      });
    }),
    law("what takes a token's place is in the vocabulary", ({ ids }, { vocab }) => {
      ids.forEach((id, index) => {
        if (id < 0 || id >= vocab.size) broken(`ids[${index}] is ${id} and the vocabulary has ${vocab.size} ids`);
      });
    }),
    law("shape, lengths, positions and languages pass through", (result, { batch }) => {
      for (const field of ["shape", "lengths", "positions", "langs"] as const) {
        const difference = firstDifference(result[field], batch[field], field);
        if (difference) broken(difference);
      }
    }),
    lawOf(
      "the batch that went in is left untouched",
      cases,
      ({ batch, vocab, seed }) => {
        const before = structuredClone(batch);
        mask(batch, vocab, createRng(seed));
        const difference = firstDifference(batch, before, "batch");
        if (difference) broken(difference);
      },
      options,
    ),
    law("the same seed gives the same result", (result, { batch, vocab, seed }) => {
      const difference = firstDifference(mask(batch, vocab, createRng(seed)), result, "result");
      if (difference) broken(`the second call differs: ${difference}`);
    }),
  ];
  if ((options.firstToken ?? "never") === "never") {
    laws.push(
      law("the first token of a row is never chosen", ({ targetIndices }, { batch }) => {
        for (const index of targetIndices) {
          const { row, t } = placeOf(index, batch);
          if (t === 0) broken(`the first token of row ${row} was chosen`);
        }
      }),
    );
  }
  return laws;
}

function placeOf(index: number, { shape, lengths }: TokenBatch): { row: number; t: number; length: number } {
  const row = Math.floor(index / shape[1]);
  return { row, t: index % shape[1], length: lengths[row] as number };
}
