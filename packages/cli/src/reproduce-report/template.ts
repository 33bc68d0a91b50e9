import { plainTemplate } from "../report/frame.js";

/** The page of a reproduction. */
export const TEMPLATE =
  plainTemplate(`<p class="dim">A result of cross-lingual language model pretraining (Lample &amp; Conneau 2019), made again <%= it.variant %>.</p>
<p><%= it.claim %></p>
<% if (it.claims.length > 0) { %><div class="card banner<%= it.allHeld ? '' : ' some' %>"><b><%= it.counts.held %></b>
<% for (const text of it.counts.others) { %><span><%= text %></span><% } %></div><% } %>
<% if (!it.complete) { %><div class="card note"><b>Not finished.</b> Some arms or seeds were not run.
<% for (const row of it.missing) { %><div><%= row.label %>: no seed <%= row.seeds.join(", ") %></div><% } %></div><% } %>

<h2>The table</h2>
<p><%= it.aboutTable %></p>
<div class="card scroll"><table class="results">
<thead><tr><th scope="col">arm</th><% for (const column of it.columns) { %><th scope="col"><%= column.label %><br><%= column.better === "higher" ? "higher" : "lower" %> is better</th><% } %></tr></thead>
<tbody>
<% for (const row of it.rows) { %><tr><th scope="row"><%= row.label %></th><% for (const cell of row.cells) { %><td<% if (cell.seeds) { %> title="<%= cell.title %>"<% } %>><% if (cell.best) { %><b><%= cell.text %></b><% } else { %><%= cell.text %><% } %><% if (cell.seeds) { %><small><%= cell.seeds %></small><% } %></td><% } %></tr>
<% } %>
</tbody></table></div>

<h3 style="margin-top:1.2rem">The paper&rsquo;s own <span class="dim"><%= it.paper.source %></span></h3>
<div class="card scroll"><table class="results">
<thead><tr><% for (const cell of it.paper.header) { %><th scope="col"><%= cell %></th><% } %></tr></thead>
<tbody>
<% for (const [first, ...cells] of it.paper.rows) { %><tr><th scope="row"><%= first %></th><% for (const cell of cells) { %><td><%= cell %></td><% } %></tr>
<% } %>
</tbody></table></div>

<% if (it.claims.length > 0) { %>
<h2>Claims</h2>
<p>A claim held if it is true with every seed, and held within spread if only in the mean. Differences are by how much it is better, seed by
seed.</p>
<div class="card"><ul class="claims">
<% for (const claim of it.claims) { %><li><span class="verdict <%= claim.kind %>"><%= claim.mark %> <%= claim.verdict %></span><%= claim.text %>
<div class="dim"><%= claim.column %><% if (claim.differences) { %>, by seed: <%= claim.differences %><% } %></div></li>
<% } %>
</ul></div>

<h2>Scores by seed</h2>
<div class="grid charts">
<% for (const html of it.dots) { %><%~ html %><% } %>
</div>
<% } %>

<% if (it.curves.length > 0) { %>
<h2>Learning curves</h2>
<p>One line a seed; the dot is where the weights that were scored were taken. Work that arms share stands under the first of them.</p>
<div class="grid charts">
<% for (const html of it.curves) { %><%~ html %><% } %>
</div>
<% if (it.curvesLeft > 0) { %><p class="dim">And <%= it.curvesLeft %> more, not drawn here.</p><% } %>
<% } %>

<% for (const part of it.pictures) { %>
<h2><%= part.title %></h2>
<p><%= part.about %></p>
<div class="grid charts pictures">
<% for (const html of part.figures) { %><%~ html %><% } %>
</div>
<% } %>

<% if (it.samples.length > 0) { %>
<h2>Samples</h2>
<% for (const [i, sample] of it.samples.entries()) { %>
<details class="card"<%= i === 0 ? " open" : "" %>><summary><%= sample.title %></summary>
<dl class="lines"><% for (const [label, text] of sample.lines) { %><dt><%= label %></dt><dd dir="auto"><%= text %></dd>
<% } %></dl>
<% if (sample.left > 0) { %><p class="dim">And <%= sample.left %> more lines.</p><% } %></details>
<% } %>
<% } %>

<h2>What was run</h2>
<div class="card"><dl>
<% for (const [label, value] of it.facts) { %><div><dt><%= label %></dt><dd><%= value %></dd></div>
<% } %>
</dl></div>
<div class="card"><h3>Sizes and rates</h3><%~ it.sizes %></div>
<% if (it.files.length > 0) { %>
<div class="card scroll"><h3>Files</h3><table class="results">
<thead><tr><th scope="col">file</th><th scope="col">lines</th><th scope="col" class="left">SHA-256</th></tr></thead>
<tbody>
<% for (const file of it.files) { %><tr><th scope="row"><%= file.name %></th><td><%= file.lines %></td><td class="left"><code title="<%= file.sha256 %>"><%= file.sha256.slice(0, 12) %></code></td></tr>
<% } %>
</tbody></table></div>
<% } %>
<% if (it.stages.length > 0) { %>
<details class="card"><summary>Stages of training (<%= it.stages.length %>)</summary><div class="scroll"><table>
<thead><tr><% for (const cell of ["arm", "seed", "stage", "updates", "chosen", "tokens", "targets"]) { %><th scope="col"><%= cell %></th><% } %></tr></thead>
<tbody>
<% for (const row of it.stages) { %><tr><% for (const cell of row) { %><td><%= cell %></td><% } %></tr>
<% } %>
</tbody></table></div></details>
<% } %>
`);

/** A plot with its title, its legend and a caption. */
export const FIGURE = `<figure class="card<%= it.wide ? ' wide' : '' %>"><h3><%= it.title %></h3>
<div class="plot" role="img" aria-label="<%= it.about %>"><%~ it.svg %></div>
<% if (it.legend.length > 0) { %><div class="legend"><% for (const item of it.legend) { %><span><% if (item.letter) { %><b style="color:<%= item.color %>"><%= item.letter %></b> <% } else { %><svg viewBox="0 0 26 8" aria-hidden="true"><line x1="0" x2="26" y1="4" y2="4" style="stroke:<%= item.color %>" stroke-width="2" stroke-dasharray="<%= item.dash %>"></line></svg><% } %><%= item.label %></span><% } %></div><% } %>
<figcaption><%= it.caption %></figcaption></figure>
`;

/** Keys and values, and lists within. */
export const TREE = `<ul class="tree">
<% for (const entry of it.entries) { %><li><span class="key"><%= entry.key %></span> <% if (entry.inner) { %><%~ entry.inner %><% } else { %><%= entry.text %><% } %></li>
<% } %></ul>`;
