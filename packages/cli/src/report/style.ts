/** The report's looks: one column on a phone, light and dark by the reader's own setting. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fbfaf8; --card: #ffffff; --ink: #1d2430; --dim: #5d6675; --line: #e3e1dc;
  --a: #2563c9; --b: #c9582a; --good: #1f7a4d; --bad: #b3261e; --band: #dbe6f8; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171c; --card: #1c2027; --ink: #e6e9ee; --dim: #9aa4b2;
  --line: #303641; --a: #7fb0ff; --b: #ff9d6c; --good: #6fcf97; --bad: #ff8a80; --band: #28364d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; font-weight: 600; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.dim, figcaption, th { color: var(--dim); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
.tile .big { font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile .was { color: var(--dim); font-weight: 400; font-size: 1.1rem; }
.tile .dim { font-size: .88rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); gap: .6rem 1.2rem; margin: 0; }
dt { color: var(--dim); font-size: .82rem; } dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .4rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 500; font-size: .85rem; } tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child, .left { text-align: left; }
.charts { grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
figure { margin: 0; min-width: 0; } figcaption { font-size: .85rem; margin-top: .35rem; }
.wide { grid-column: 1 / -1; }
.chart { min-height: 13rem; }
.track { position: relative; height: 1.1rem; min-width: 9rem; background: var(--line); border-radius: 4px; }
.track i { position: absolute; top: 0; bottom: 0; background: var(--band); outline: 1px solid var(--a); outline-offset: -1px; border-radius: 2px; }
.track b { position: absolute; top: 50%; width: .6rem; height: .6rem; margin: -.3rem 0 0 -.3rem; border-radius: 50%; background: var(--good); }
.track b.off { background: var(--bad); }
.near { display: flex; flex-wrap: wrap; gap: .1rem .9rem; } .near small { color: var(--dim); }
.u-legend { color: var(--ink); font-size: .8rem; }
.u-inline.u-live th::after { content: ":"; }
`;
