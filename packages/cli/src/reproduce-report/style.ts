const COLORS = 8;

/** A colour of the page for the i-th arm, name or group. */
export const colorOf = (i: number): string => `var(--c${i % COLORS})`;

/** Lines differ in these too, for those who cannot tell the colours apart. */
export const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "4 2"] as const;

/** Shapes of dots, as the plot calls them and as a letter. */
export const SYMBOLS = [
  { name: "circle", letter: "●" },
  { name: "triangle", letter: "▲" },
  { name: "square", letter: "■" },
  { name: "diamond", letter: "◆" },
  { name: "star", letter: "★" },
] as const;

/** What a reproduction needs beside the report's own looks. */
export const REPRODUCTION_STYLE = `
:root { --c0: #2563c9; --c1: #c9582a; --c2: #1f7a4d; --c3: #8b3fb0; --c4: #8f6a00; --c5: #0f7f8a; --c6: #b3266b; --c7: #5d6675; }
@media (prefers-color-scheme: dark) { :root { --c0: #7fb0ff; --c1: #ff9d6c; --c2: #6fcf97; --c3: #d9a2f0; --c4: #e8c35a; --c5: #62d0d8;
  --c6: #ff8fbe; --c7: #aab3c0; } }
.banner { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; margin: 1rem 0; border-left: 5px solid var(--good); }
.banner.some { border-left-color: var(--b); } .banner b { font-size: 1.2rem; }
.note { border-left: 5px solid var(--b); }
td small { display: block; color: var(--dim); font-size: .75rem; }
.results th:first-child { white-space: normal; overflow-wrap: break-word; }
.results tbody th { color: var(--ink); font-size: 1rem; font-weight: 400; text-align: left; min-width: 9rem; }
.results tbody tr:last-child th { border-bottom: 0; }
.card + .card { margin-top: 1rem; } .grid > .card + .card { margin-top: 0; }
.claims { list-style: none; margin: 0; padding: 0; }
.claims li { padding: .55rem 0; border-bottom: 1px solid var(--line); } .claims li:last-child { border-bottom: 0; }
.verdict { font-weight: 650; margin-right: .5rem; white-space: nowrap; }
.verdict.held { color: var(--good); } .verdict.spread { color: var(--c4); } .verdict.not { color: var(--bad); } .verdict.open { color: var(--dim); }
.pictures { align-items: start; }
.plot { overflow-x: auto; } .plot svg { display: block; width: 100%; height: auto; margin: 0 auto; color: var(--dim); }
.plot text { white-space: pre; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .82rem; color: var(--ink); margin-top: .3rem; }
.legend svg { width: 26px; height: 8px; margin-right: .35rem; vertical-align: middle; }
h3 .dim { font-weight: 400; }
.lines { display: grid; grid-template-columns: minmax(5rem, max-content) 1fr; gap: .25rem 1rem; }
.lines dt { padding-top: .15rem; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .25rem 0; } details + details { margin-top: .5rem; }
ul.tree { margin: 0; padding-left: 1.1rem; } .card > .tree > li { break-inside: avoid; } .tree > li { margin: .1rem 0; overflow-wrap: anywhere; } .tree .key { color: var(--dim); }
.card > ul.tree { list-style: none; padding-left: 0; columns: 14rem; }
code { font-size: .9em; }
@media (max-width: 32rem) { .lines { grid-template-columns: 1fr; gap: 0; } .lines dd { margin-bottom: .5rem; } }
`;
