import { Eta } from "eta";
import { lengthQuantile, statisticsRows } from "@xlm/data";
import { pageTemplate } from "../report/frame.js";
import { inlineJson, uplotFiles } from "../report/page.js";
import { STYLE } from "../report/style.js";
import { aboutRules } from "../tokenize.js";
import type { Recipe } from "./recipe.js";
import type { Prepared } from "./run.js";
import { namedSides, type NamedSide } from "./text.js";

const whole = (n: number): string => n.toLocaleString("en-US");

const POINTS = 48; // of a curve, about
const LONGEST = 256; // lengths up to here are counted one by one

/** Shares of sentences by length, so that texts of any size lie over one another. The longest few are left out. */
function curves(rows: readonly NamedSide[]): { x: number[]; series: unknown[] } {
  const limit = Math.min(LONGEST, Math.max(1, ...rows.map(({ side }) => lengthQuantile(side.statistics, 0.995))));
  const width = Math.ceil((limit + 1) / POINTS);
  const bins = Array.from({ length: Math.ceil((limit + 1) / width) }, (_, bin) => bin * width);
  return {
    x: bins.map((from) => from + (width - 1) / 2),
    series: rows.map(({ name, side: { statistics } }) => ({
      label: name,
      values: bins.map((from) => {
        const some = statistics.lengths.slice(from, Math.min(from + width, LONGEST + 1));
        return some.reduce((sum, n) => sum + n, 0) / statistics.sentences / width;
      }),
    })),
  };
}

function facts({ codes, dictionary }: Prepared, recipe: Recipe): [string, string][] {
  const merges = codes.reduce((n, byte) => n + Number(byte === 0x0a), 0);
  return [
    ["Tokenised", aboutRules(recipe)],
    ["BPE merges", `${whole(merges)}, ${recipe.codes === undefined ? "learnt on this text" : `from ${recipe.codes}`}`],
    ...(recipe.codes === undefined
      ? ([["Mixture of languages", `alpha ${recipe.alpha}, seed ${recipe.seed}`]] as [string, string][])
      : []),
    [
      "Vocabulary",
      `${whole(dictionary.size)} ids, ${recipe.vocab === undefined ? "counted on this text" : `from ${recipe.vocab}`}`,
    ],
    ["Shards", `of ${whole(recipe.shardTokens)} subwords`],
  ];
}

/** The report on a folder of binarised text: one HTML page that needs nothing beside it. All text in it is escaped. */
export function renderPage(prepared: Prepared, recipe: Recipe): string {
  const rows = namedSides(prepared.texts);
  const [head = [], ...cells] = statisticsRows(rows.map(({ statistics }) => statistics));
  const uplot = uplotFiles();
  return new Eta({ autoEscape: true }).renderString(TEMPLATE, {
    title: `Text in ${[...new Set(rows.map(({ side }) => side.lang))].join(", ")}`,
    facts: facts(prepared, recipe),
    head: [...head, "shards", "read from"],
    rows: rows.map(({ side }, i) => [...cells[i]!, whole(side.shards.length), side.file]),
    unknown: rows
      .filter(({ side }) => side.statistics.unkWords.length > 0)
      .map(({ name, side }) => ({ name, words: side.statistics.unkWords.slice(0, 30) })),
    style: STYLE,
    script: SCRIPT,
    uplotCss: uplot.css,
    uplotJs: uplot.js,
    curvesJson: inlineJson(curves(rows)),
  });
}

const TEMPLATE =
  pageTemplate(`<p class="dim">Raw text made into ids for cross-lingual pretraining (Lample &amp; Conneau 2019).</p>

<div class="card"><dl>
<% for (const [label, value] of it.facts) { %><div><dt><%= label %></dt><dd><%= value %></dd></div>
<% } %>
</dl></div>

<h2>The texts</h2>
<p>Words are what the tokenizer gave, tokens the subwords that the codes made of them: so many a word, and so many a sentence. Unknown are
those that the vocabulary does not have; the model sees all of them as one.</p>
<div class="card scroll"><table>
<thead><tr><% for (const cell of it.head) { %><th><%= cell %></th><% } %></tr></thead>
<tbody>
<% for (const row of it.rows) { %><tr><% for (const cell of row) { %><td><%= cell %></td><% } %></tr>
<% } %>
</tbody></table></div>

<% if (it.unknown.length > 0) { %>
<h2>What is unknown most often</h2>
<div class="card"><table>
<tbody>
<% for (const { name, words } of it.unknown) { %><tr><td><%= name %></td><td class="left"><div class="near"><% for (const [word, n] of words) { %><span><%= word %> <small><%= n %></small></span><% } %></div></td></tr>
<% } %>
</tbody></table></div>
<% } %>

<h2>How long sentences are</h2>
<figure class="card"><div class="chart" id="lengths"></div>
<figcaption>Share of a text's sentences by subwords; the longest of them are not shown.</figcaption></figure>
`);

/** Draws the lengths with uPlot in the page's own colours, and again when the window or the colour scheme changes. */
const SCRIPT = `
(() => {
  const data = JSON.parse(document.getElementById("curves").textContent);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const hue = (i) => "hsl(" + Math.round(215 + 137.5 * i) % 360 + " 65% " + (matchMedia("(prefers-color-scheme: dark)").matches ? 68 : 42) + "%)";
  const share = (v) => v == null ? "" : (100 * v).toFixed(v < 0.01 ? 2 : 1) + " %";
  const host = document.getElementById("lengths");
  let plot;
  const draw = () => {
    if (plot) plot.destroy();
    const axis = { stroke: color("--dim"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
    plot = new uPlot({
      width: host.clientWidth, height: 300,
      series: [{ label: "subwords", value: (u, v) => v == null ? "" : String(v) },
        ...data.series.map((s, i) => ({ label: s.label, stroke: hue(i), width: 2, points: { show: false }, value: (u, v) => share(v) }))],
      scales: { x: { time: false }, y: { range: (u, low, high) => [0, high * 1.05 || 1] } },
      axes: [{ ...axis, size: 30 }, { ...axis, size: 60, values: (u, values) => values.map(share) }],
      cursor: { y: false, points: { size: 6 } },
    }, [data.x, ...data.series.map((s) => s.values)], host);
  };
  draw();
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
`;
