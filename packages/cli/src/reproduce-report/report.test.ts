import type { Reproduction, Row, Stage } from "@xlm/tasks/reproduce";
import { expect, it } from "vitest";
import { renderReproduction } from "./page.js";
import { reproductionMarkdown, reproductionText } from "./text.js";

const SEEDS = [1, 2, 3];
const ARMS = [
  { arm: "none", label: "No pretraining" },
  { arm: "clm-clm", label: "CLM encoder, CLM decoder" },
  { arm: "mlm-mlm", label: "MLM encoder, MLM decoder, everything else as it was before" },
];

/** Numbers that look like chance, the same at every call. */
const wobble = (i: number): number => Math.sin(12.9898 * i) * 0.5;

function row({ arm, label }: (typeof ARMS)[number], base: number): Row {
  const values = SEEDS.map((seed) => base + wobble(seed + base));
  const mean = values.reduce((sum, value) => sum + value, 0) / 3;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
  return {
    ...{ arm, label },
    runs: SEEDS.map((seed, i) => ({ seed, scores: { "en-fr": values[i]!, "fr-en": values[i]! - 1, ppl: 400 / base } })),
    mean: { "en-fr": mean, "fr-en": mean - 1, ppl: 400 / base },
    spread: { "en-fr": spread, "fr-en": spread, ppl: 0 },
  };
}

const curve = (updates: number, points: number, from: number): Stage["curve"] =>
  Array.from({ length: points }, (_, i) => {
    const update = ((i + 1) * updates) / points;
    const loss = 2 + from / (1 + (6 * update) / updates) + 0.1 * wobble(i + from);
    return { update, losses: { ae: loss, bt: loss + 0.7 }, scores: { "valid_en-fr_mt_bleu": 30 - 3 * loss } };
  });

const stages = (points: number): Stage[] =>
  SEEDS.flatMap((seed) => [
    ...ARMS.slice(1).map(({ arm }, i): Stage => ({
      ...{ arm, seed, name: `seed-${seed}/en-fr/${arm}/pretraining`, updates: 2000, chosen: 1600 },
      ...{ tokens: 4_000_000, targets: 600_000 },
      curve: curve(2000, points, 4 - i + seed / 10).map(({ update, losses }) => ({
        update,
        losses: { mlm: losses.ae! },
        scores: { valid_mlm_ppl: Math.exp(2 * losses.ae!) },
      })),
    })),
    ...ARMS.map(({ arm }, i): Stage => ({
      ...{ arm, seed, name: `seed-${seed}/en-fr/${arm}`, updates: 12_000, chosen: 12_000 },
      ...{ tokens: 9_000_000, targets: 8_500_000, curve: curve(12_000, points, 5 - i + seed / 10) },
    })),
  ]);

const groups = { en: ["cat", "house", "river", "bread", "seven"], fr: ["chat", "maison", "fleuve", "pain", "sept"] };
const words = Object.entries(groups).flatMap(([group, labels], side) =>
  labels.map((label, i) => ({ label, group, x: 3 * wobble(i + 1) + 0.2 * side, y: 2 * wobble(i + 9) + 0.1 * side })),
);
const source = ["the", "cat", "sits", "on", "the", "ma@@", "t", "."];
const target = ["le", "chat", "est", "assis", "."];
const LANGS = ["entailment", "neutral", "contradiction"];

const data: Reproduction = {
  ...{ format: "xlm-reproduction", version: 1, experiment: "unsupervised-mt" },
  title: 'Table 2 <script>alert("x")</script>',
  claim: "Starting encoder & decoder from a language model makes unsupervised translation better; MLM more than CLM.",
  ...{ variant: "full", backend: "xlm-wasm", seeds: SEEDS, complete: true },
  sizes: {
    ...{ merges: 4000, dropout: 0.1, lr: 0.0005, tied: true, langs: ["en", "fr"] },
    model: { embDim: 128, nLayers: 2, heads: { self: 4, cross: 4 } },
    steps: [
      { objective: "ae", on: "<en>" },
      { objective: "bt", on: "en-fr-en" },
    ],
  },
  facts: [
    ["Text", "20,000 sentences a side, never <aligned>"],
    ["Vocabulary", "4,112 subwords, joint"],
  ],
  data: [
    { name: "multi30k/train.en", lines: 14_500, sha256: "0123456789abcdef".repeat(4) },
    { name: "multi30k/train.fr", lines: 14_500, sha256: "fedcba9876543210".repeat(4) },
  ],
  columns: [
    { name: "en-fr", label: "en→fr, BLEU", better: "higher", digits: 1 },
    { name: "fr-en", label: "fr→en, BLEU", better: "higher", digits: 1 },
    { name: "ppl", label: "perplexity", better: "lower", digits: 2 },
  ],
  rows: ARMS.map((arm, i) => row(arm, [8.1, 21.3, 24.8][i]!)),
  verdicts: [
    {
      ...{ text: "CLM is better than no pretraining", better: "clm-clm", worse: "none", column: "en-fr" },
      ...{ differences: [13.21, 12.9, 13.4], verdict: "held" },
    },
    {
      ...{ text: "MLM is better than CLM, <i>always</i>", better: "mlm-mlm", worse: "clm-clm", column: "en-fr" },
      ...{ differences: [3.5, -0.2, 3.1], verdict: "held within spread" },
    },
    {
      ...{ text: "MLM is better than CLM backwards", better: "mlm-mlm", worse: "clm-clm", column: "fr-en" },
      ...{ differences: [-1, -2, -0.01], verdict: "did not hold" },
    },
  ],
  paper: {
    source: "Table 2: BLEU on WMT'14, <newstest>",
    header: ["encoder, decoder", "en-fr", "fr-en"],
    rows: [
      ["EMB, EMB", "29.4", "29.4"],
      ["MLM, MLM", "33.4", "33.3"],
    ],
  },
  stages: stages(20),
  pictures: [
    {
      ...{ arm: "mlm-mlm", seed: 1 },
      picture: {
        ...{ kind: "confusion", title: "French, <b>tested</b>", labels: LANGS },
        counts: LANGS.map((_, i) => LANGS.map((_, j) => (i === j ? 1234 : 100 + 10 * i + j))),
      },
    },
    {
      ...{ arm: "mlm-mlm", seed: 1 },
      picture: {
        ...{ kind: "attention", title: "Layer 2, mean of heads", source, target: [...target.slice(0, -1), "<pad>"] },
        weights: target.map((_, i) => source.map((_, j) => 0.02 + (Math.abs(i - j) < 2 ? 0.3 : 0))),
      },
    },
    {
      ...{ arm: "mlm-mlm", seed: 1 },
      picture: {
        ...{ kind: "map", title: "Words of the lookup table", points: [...words, { ...words[0]!, label: "<x>" }] },
        links: groups.en.map((_, i): [number, number] => [i, i + groups.en.length]),
      },
    },
  ],
  samples: [
    {
      ...{ arm: "mlm-mlm", seed: 1 },
      lines: [
        ["source", "A cat sits on the <mat>."],
        ["translation", "Un chat est assis."],
        ["reference", "Un chat est assis sur le tapis."],
      ],
    },
  ],
};

/** Without the last seed of the last arm, and with a score that is no number. */
const unfinished: Reproduction = {
  ...data,
  complete: false,
  rows: [
    { ...data.rows[0]!, mean: { "en-fr": NaN, ppl: null as unknown as number } },
    data.rows[1]!,
    { ...data.rows[2]!, runs: [], mean: {}, spread: {} },
  ],
  verdicts: [{ ...data.verdicts[0]!, differences: [], verdict: "not run" }],
  ...{ stages: [], pictures: [], samples: [] },
};
// --- tests

it("is one small page that asks for nothing else", () => {
  const page = renderReproduction(data);
  expect(page).not.toMatch(/\b(src|href)=|@import|url\(|https?:|<script/);
  expect(page.length).toBeLessThan(250_000);
  expect(page).not.toMatch(/undefined|NaN|\[object/);
});

it("escapes all text, in plots too", () => {
  const page = renderReproduction(data);
  expect(page).toContain("Table 2 &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
  expect(page).not.toMatch(/<(i|mat|aligned|newstest|en|pad|x)>|<b>tested/);
  for (const text of ["&lt;pad&gt;", "&lt;x&gt;", "&lt;mat&gt;", "&lt;en&gt;"]) expect(page).toContain(text);
});

it("shows the table with the best of each column bold, and the paper's", () => {
  const page = renderReproduction(data);
  const best = /<b>(24\.\d ± 0\.\d)<\/b><small>(\d+\.\d · ){2}\d+\.\d<\/small>/;
  expect(page).toMatch(best);
  expect(page).toContain("<b>16.13 ± 0.00</b>"); // 400 / 24.8: the lowest perplexity
  for (const text of ["33.4", "29.4", "higher is better", "lower is better", "seed 2: "]) expect(page).toContain(text);
});

it("says in words which claims held", () => {
  const page = renderReproduction(data);
  expect(page).toContain("<b>1 of 3 claims held</b>");
  for (const text of ["✓ held<", "≈ held within spread<", "✗ did not hold<"]) expect(page).toContain(text);
  expect(page).toContain("+3.5, -0.2, +3.1");
  expect(page).toContain("-1.0, -2.0, -0.0");
});

it("draws every kind of picture, each with words for those who do not see it", () => {
  const page = renderReproduction(data);
  const figures = page.match(/<figure/g)!.length;
  expect(page.match(/role="img" aria-label="[^"]+"/g)).toHaveLength(figures);
  expect(page.match(/<figcaption>/g)).toHaveLength(figures);
  for (const text of ["en-fr/pretraining: loss of mlm", "en-fr: loss of ae", "en-fr: valid_en-fr_mt_bleu", "ma@@"]) {
    expect(page).toContain(text);
  }
  expect(page).toContain("neutral taken for entailment: 110 (");
});

it("says what was run", () => {
  const page = renderReproduction(data);
  for (const text of ["0123456789ab<", "14,500", "0.0005", "en, fr", "8,500,000", "cross"])
    expect(page).toContain(text);
});

it("shows a dash for what is missing, and which seeds are", () => {
  const page = renderReproduction(unfinished);
  expect(page).toContain("everything else as it was before: no seed 1, 2, 3");
  expect(page).toContain("<td>–</td>");
  expect(page).toContain("– not run<");
  expect(page).not.toMatch(/undefined|NaN|null|Infinity/);
  expect(reproductionText(unfinished)).not.toMatch(/undefined|NaN|null/);
  expect(renderReproduction(data)).not.toContain("Not finished");
});

it("stays small after a long run", () => {
  const long = Array.from({ length: 8 }, (_, i) =>
    stages(2000).map((stage) => ({ ...stage, name: `${stage.name}/${i}` })),
  );
  const page = renderReproduction({ ...data, stages: long.flat() });
  expect(page.length).toBeLessThan(600_000);
  expect(page).toMatch(/And \d+ more, not drawn here/);
});

it("prints the table for a terminal", () => {
  expect(reproductionText({ ...data, rows: data.rows.slice(0, 2) })).toMatchInlineSnapshot(`
    "                          en→fr, BLEU  fr→en, BLEU    perplexity
    No pretraining              7.8 ± 0.2    6.8 ± 0.2  49.38 ± 0.00
    CLM encoder, CLM decoder   21.7 ± 0.1   20.7 ± 0.1  18.78 ± 0.00

    held in en→fr, BLEU: CLM is better than no pretraining (+13.2, +12.9, +13.4)
    held within spread in en→fr, BLEU: MLM is better than CLM, <i>always</i> (+3.5, -0.2, +3.1)
    did not hold in fr→en, BLEU: MLM is better than CLM backwards (-1.0, -2.0, -0.0)
    "
  `);
});

it("writes a section of Markdown", () => {
  expect(reproductionMarkdown(data)).toMatchInlineSnapshot(`
    "## Table 2 \\<script\\>alert("x")\\</script\\>

    Starting encoder & decoder from a language model makes unsupervised translation better; MLM more than CLM.

    Run on the paper's kind of data: 29,000 lines in 2 files; training, with one seed: No pretraining 12,000 updates on 8,500,000 target tokens; CLM encoder, CLM decoder 14,000 updates on 9,100,000 target tokens; MLM encoder, MLM decoder, everything else as it was before 14,000 updates on 9,100,000 target tokens (work that arms share counts in the first of them); seeds 1, 2, 3; backend xlm-wasm.

    Text: 20,000 sentences a side, never \\<aligned\\>. Vocabulary: 4,112 subwords, joint.

    Sizes: \`{"merges":4000,"dropout":0.1,"lr":0.0005,"tied":true,"langs":["en","fr"],"model":{"embDim":128,"nLayers":2,"heads":{"self":4,"cross":4}},"steps":[{"objective":"ae","on":"<en>"},{"objective":"bt","on":"en-fr-en"}]}\`

    |                                                            |    en→fr, BLEU |    fr→en, BLEU |       perplexity |
    | ---------------------------------------------------------- | -------------: | -------------: | ---------------: |
    | No pretraining                                             |      7.8 ± 0.2 |      6.8 ± 0.2 |     49.38 ± 0.00 |
    | CLM encoder, CLM decoder                                   |     21.7 ± 0.1 |     20.7 ± 0.1 |     18.78 ± 0.00 |
    | MLM encoder, MLM decoder, everything else as it was before | **25.1 ± 0.2** | **24.1 ± 0.2** | **16.13 ± 0.00** |

    The paper's own, Table 2: BLEU on WMT'14, \\<newstest\\>:

    | encoder, decoder | en-fr | fr-en |
    | ---------------- | ----: | ----: |
    | EMB, EMB         |  29.4 |  29.4 |
    | MLM, MLM         |  33.4 |  33.3 |

    - **held** in en→fr, BLEU: CLM is better than no pretraining (by seed: +13.2, +12.9, +13.4)
    - **held within spread** in en→fr, BLEU: MLM is better than CLM, \\<i\\>always\\</i\\> (by seed: +3.5, -0.2, +3.1)
    - **did not hold** in fr→en, BLEU: MLM is better than CLM backwards (by seed: -1.0, -2.0, -0.0)
    "
  `);
});
