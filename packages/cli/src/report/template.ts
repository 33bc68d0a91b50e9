import { pageTemplate } from "./frame.js";

/** The report of a run. */
export const TEMPLATE = pageTemplate(`<p class="dim"><%= it.lead %></p>

<div class="grid">
<% for (const tile of it.tiles) { %>
<div class="card tile"><h3><%= tile.label %></h3>
<div class="big"><span class="was"><%= tile.before %> &rarr;</span> <%= tile.after %></div>
<div class="dim"><%= tile.note %></div></div>
<% } %>
</div>

<h2>The run</h2>
<div class="card"><dl>
<% for (const [label, value] of it.facts) { %><div><dt><%= label %></dt><dd><%= value %></dd></div>
<% } %>
</dl></div>

<h2>Before and after, on text never trained on</h2>
<p>Perplexity and accuracy are of hidden words (masked language modelling); a lower perplexity is better. Retrieval asks for the
nearest sentence of the other language, by the cosine of mean-pooled states (each language's own mean taken off first), and
counts how often it is the translation.</p>
<div class="card scroll"><table>
<thead><tr><th></th><th>before</th><th>after</th><th>by chance</th><th>over</th></tr></thead>
<tbody>
<% for (const row of it.scores) { %><tr><% for (const cell of row) { %><td><%= cell %></td><% } %></tr>
<% } %>
</tbody></table></div>
<% if (it.noRetrieval) { %><p class="dim">Retrieval was left out: the run had no parallel text.</p><% } %>

<h2>Training</h2>
<div class="grid charts">
<% for (const chart of it.charts) { %>
<figure class="card<%= chart.tall ? ' wide' : '' %>"><h3><%= chart.title %></h3><div class="chart" id="<%= chart.id %>"></div>
<figcaption><%= chart.caption %></figcaption></figure>
<% } %>
</div>

<h2>What was hidden</h2>
<p>One token in so many is chosen for prediction; of the chosen most are hidden, some left as they are, some replaced at random.
The band is where a correct sampler's share lies 999 times in 1000, the dot what this run did.</p>
<div class="card scroll"><%~ it.shareTable(it.masking) %></div>

<% if (it.sampling.length > 0) { %>
<h2>Which languages came up</h2>
<p>Languages are drawn with probabilities q ~ p<sup>alpha</sup>, where p is a language's share of the text.</p>
<div class="card scroll"><%~ it.shareTable(it.sampling) %></div>
<% } %>

<% for (const table of it.words) { %>
<h2>Nearest words: <%= table.from %> to <%= table.to %></h2>
<p>Frequent words that are each other's nearest in the model's lookup table, by the cosine once each language's mean is
taken off; the next nearest stand beside.</p>
<div class="card"><table>
<thead><tr><th><%= table.from %></th><th class="left"><%= table.to %></th></tr></thead>
<tbody>
<% for (const row of table.rows) { %><tr><td><%= row.word %></td><td class="left"><div class="near"><% for (const near of row.neighbours) { %><span><%= near.word %> <small><%= near.cosine.toFixed(2) %></small></span><% } %></div></td></tr>
<% } %>
</tbody></table></div>
<% } %>
`);

/** A table of shares with their intervals drawn. */
export const SHARE_TABLE = `<table>
<thead><tr><th></th><th>expected</th><th>seen</th><th>interval</th><th>draws</th><th class="left"></th></tr></thead>
<tbody>
<% for (const s of it.rows) { %><tr><td><%= s.label %></td><td><%= s.expected %></td><td><%= s.seen %></td>
<td><%= s.interval %></td><td><%= s.n %></td>
<td class="left"><div class="track" role="img" aria-label="<%= s.inside ? 'inside the interval' : 'outside the interval' %>">
<i style="left:<%= s.left %>%;width:<%= s.width %>%"></i><b class="<%= s.inside ? '' : 'off' %>" style="left:<%= s.dot %>%"></b></div></td></tr>
<% } %>
</tbody></table>`;
