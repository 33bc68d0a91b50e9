import { drawLosses, HEIGHT, lossSeries } from "./chart.js";
import type { News, Order, Setup, Step } from "./messages.js";

/** Steps that the speed on show is the mean of. */
const RECENT = 20;

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const show = (id: string, text: string): void => {
  element(id).textContent = text;
};
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const asked = new URLSearchParams(location.search).get("threads");
const steps: Step[] = [];
let setup: Setup | null = null;
let busy = false;
let drawing = false;

const worker = new Worker("/train-worker.js", { type: "module" });
const button = element("toggle") as HTMLButtonElement;
const chart = element("chart");

function rest(status: string, word: string, forGood = false): void {
  busy = false;
  button.textContent = word;
  button.disabled = forGood;
  show("status", status);
}

const fail = (message: string): void =>
  rest(`Stopped: ${message} (load the page again to start anew)`, "Stopped", true);

button.onclick = () => {
  const type = busy ? "pause" : "train";
  worker.postMessage({ type, ...(asked && { threads: Number(asked) }) } satisfies Order);
  if (busy) {
    button.disabled = true; // until the step at hand is done
  } else {
    busy = true;
    button.textContent = "Pause";
    show("status", setup ? "Training" : "Preparing: text, subwords, the fastest build");
  }
};

function draw(): void {
  drawing = false;
  const last = steps.at(-1);
  if (!last || !setup) return;
  const recent = steps.slice(-RECENT);
  const sum = (of: (step: Step) => number): number => recent.reduce((total, step) => total + of(step), 0);
  show("speed", whole.format(sum(({ nTokens }) => nTokens) / sum(({ seconds }) => seconds)));
  show("loss", (sum(({ loss }) => loss) / recent.length).toFixed(2));
  show("update", whole.format(last.update));
  const width = Math.max(200, chart.clientWidth);
  chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  chart.innerHTML = drawLosses(lossSeries(steps), Math.log(setup.vocabSize), width);
}
new ResizeObserver(draw).observe(chart);

function introduce(now: Setup): void {
  setup = now;
  show("status", "Training");
  show("threads", String(now.threads));
  show("build", now.build);
  show("note", now.threadsNote ?? "");
  const tried = now.trials.map(({ name, gflops, verdict }) =>
    verdict === "works" ? `${name} ${gflops.toFixed(0)}` : `${name} ${verdict}`,
  );
  show(
    "about",
    `${whole.format(now.nParameters)} parameters, ${whole.format(now.vocabSize)} subwords. ` +
      `Builds tried at start, GFLOP/s of the inner loop: ${tried.join(", ")}.`,
  );
}

worker.onmessage = ({ data: news }: MessageEvent<News>) => {
  if (news.type === "ready") introduce(news.setup);
  else if (news.type === "step") {
    steps.push(news.step);
    if (!drawing) requestAnimationFrame(draw);
    drawing = true;
  } else if (news.type === "failed") fail(news.message);
  else if (news.finished) rest("Finished: it knows the text by heart", "Finished", true);
  else rest("Paused", "Train on");
};
worker.onerror = ({ message }) => fail(message);

/** For tests, and for the console. */
Object.assign(globalThis, { steps });
