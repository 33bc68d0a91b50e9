import { expect, it } from "vitest";
import type { ReportData } from "./data.js";
import { renderReport } from "./page.js";
import { checkShare } from "./statistics.js";

const scores = (perplexity: number, found: number): ReportData["before"] => ({
  langs: [{ lang: "en", perplexity, accuracy: 0.25, targets: 1000 }],
  retrieval: [{ from: "en", to: "es", accuracy: found, sentences: 200 }],
});
const data: ReportData = {
  title: 'A <script>alert("x")</script> run',
  facts: [["Out", "runs/<b>"]],
  before: scores(4000, 0.005),
  after: scores(123.4, 0.4),
  steps: [1, 2, 3].map((step) => ({
    step,
    objective: step % 2 ? "mlm" : "tlm",
    loss: 5,
    lr: 0.001,
    tokensPerSecond: 100,
  })),
  masking: [checkShare("hidden", 0.8, 700, 1000)],
  sampling: [],
  words: [{ from: "en", to: "es", rows: [{ word: "<i>", neighbours: [{ word: "a&b", cosine: 0.5 }] }] }],
};

it("is one page that asks for nothing else", () => {
  const page = renderReport(data);
  expect(page).toContain("new uPlot(");
  expect(page).not.toMatch(/(src|href)=|@import|url\(/);
});

it("escapes all text", () => {
  const page = renderReport(data);
  expect(page).toContain("A &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; run");
  expect(page).toContain("runs/&lt;b>".replace(">", "&gt;"));
  expect(page).toContain("a&amp;b");
  expect(page.match(/<script/g)).toHaveLength(3); // the curves, uPlot, and the few lines that draw
});

it("shows scores, and marks a share outside its interval", () => {
  const page = renderReport(data);
  for (const text of ["4000", "123", "40.0 %", "0.50 %", "200 sentences"]) expect(page).toContain(text);
  expect(page).toContain('class="off"');
  expect(renderReport({ ...data, masking: [checkShare("hidden", 0.8, 801, 1000)] })).not.toContain('class="off"');
});

it("does without parallel text and without scores", () => {
  const none = { langs: [], retrieval: [] };
  expect(renderReport({ ...data, before: none, after: none })).toContain("Retrieval was left out");
});

it("keeps the page small after a long run", () => {
  const steps = Array.from({ length: 100_000 }, (_, i) => ({ ...data.steps[0]!, step: i + 1 }));
  expect(renderReport({ ...data, steps }).length).toBeLessThan(500_000);
});

it("keeps points of every objective, however they take turns", () => {
  for (const turns of [
    ["mlm", "tlm"],
    ["mlm", "tlm", "clm"],
  ]) {
    const steps = Array.from({ length: 3000 }, (_, i) => ({
      ...data.steps[0]!,
      step: i + 1,
      objective: turns[i % turns.length] as string,
    }));
    const curves = /id="curves"[^>]*>(.*?)<\/script>/s.exec(renderReport({ ...data, steps }))?.[1] ?? "";
    const { charts } = JSON.parse(curves) as { charts: { series: { label: string; values: (number | null)[] }[] }[] };
    for (const objective of turns) {
      const points = charts[0]!.series.find(({ label }) => label === objective.toUpperCase())!.values;
      expect(points.filter((value) => value !== null).length).toBeGreaterThan(300);
    }
  }
});
