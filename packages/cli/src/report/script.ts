/** Draws the curves with uPlot in the page's own colours, and again when the window or the colour scheme changes. */
export const SCRIPT = `
(() => {
  const data = JSON.parse(document.getElementById("curves").textContent);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (v) => v == null ? "" : Math.abs(v) >= 1000 ? (v / 1000).toLocaleString("en-US") + "k"
    : Math.abs(v) < 0.01 && v !== 0 ? Number(v.toPrecision(2)).toString() : v.toLocaleString("en-US");
  const plots = [];
  const draw = () => {
    while (plots.length) plots.pop().destroy();
    for (const chart of data.charts) {
      const host = document.getElementById(chart.id);
      const axis = { stroke: color("--dim"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
      const series = chart.series.map((s) => ({ label: s.label, stroke: color(s.color) + (s.faint ? "55" : ""),
        width: s.faint ? 1 : 2, spanGaps: true, points: { show: false },
        value: (u, v) => v == null ? "" : chart.digits ? v.toPrecision(chart.digits) : short(v) }));
      plots.push(new uPlot({
        width: host.clientWidth, height: chart.tall ? 300 : 190, series: [{ label: "step" }, ...series],
        scales: { x: { time: false }, y: chart.zero ? { range: (u, low, high) => [0, high * 1.05 || 1] } : {} },
        axes: [{ ...axis, size: 30 }, { ...axis, size: 52, values: (u, values) => values.map(short) }],
        cursor: { y: false, points: { size: 6 } },
      }, [data.steps, ...chart.series.map((s) => s.values)], host));
    }
  };
  draw();
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
`;
