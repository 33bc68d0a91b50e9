import { describe, expect, it } from "vitest";
import { metricName, namedScores } from "./index.js";

describe("metricName", () => {
  it("joins languages as the original does: with a dash, of masked pairs with an underscore", () => {
    expect(metricName("valid", "mlm", ["en"], "ppl")).toBe("valid_en_mlm_ppl");
    expect(metricName("valid", "tlm", ["en", "fr"], "ppl")).toBe("valid_en_fr_mlm_ppl");
    expect(metricName("valid", "clm", ["en", "fr"], "acc")).toBe("valid_en-fr_clm_acc");
    expect(metricName("test", "mt", ["fr", "en"], "bleu")).toBe("test_fr-en_mt_bleu");
    expect(metricName("test", "mlm", [], "acc")).toBe("test_mlm_acc");
  });
});

describe("namedScores", () => {
  const scores = (
    perplexity: number,
    nCorrect: number,
  ): { perplexity: number; nCorrect: number; nTargets: number } => ({
    perplexity,
    nCorrect,
    nTargets: 8,
  });

  it("takes means over languages evaluated by themselves, perplexities too", () => {
    expect(
      namedScores("valid", [
        { objective: "mlm", langs: ["en"], scores: scores(10, 4) },
        { objective: "mlm", langs: ["fr"], scores: scores(30, 2) },
        { objective: "tlm", langs: ["en", "fr"], scores: scores(5, 8) },
        { objective: "clm", langs: ["en", "fr"], scores: scores(6, 1) },
        { objective: "mt", langs: ["en", "fr"], scores: scores(7, 0), bleu: 12.5 },
      ]),
    ).toEqual({
      valid_en_mlm_ppl: 10,
      valid_en_mlm_acc: 50,
      valid_fr_mlm_ppl: 30,
      valid_fr_mlm_acc: 25,
      valid_en_fr_mlm_ppl: 5,
      valid_en_fr_mlm_acc: 100,
      "valid_en-fr_clm_ppl": 6,
      "valid_en-fr_clm_acc": 12.5,
      "valid_en-fr_mt_ppl": 7,
      "valid_en-fr_mt_acc": 0,
      "valid_en-fr_mt_bleu": 12.5,
      valid_mlm_ppl: 20,
      valid_mlm_acc: 37.5,
    });
    expect(namedScores("valid", [])).toEqual({});
  });
});
