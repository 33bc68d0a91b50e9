import { createInterface } from "node:readline";

const say = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

/** The process's side of `createChild`: says `facts`, then answers line after line until stdin ends. */
export async function serve(facts: object, answer: (line: string) => Promise<object>): Promise<void> {
  say(facts);
  for await (const line of createInterface({ input: process.stdin })) say(await answer(line));
}

/** Serves training: a line is the seconds to go on for (0: one step), the answer what a step took on average. */
export async function serveSteps(facts: object, tokens: number, step: () => Promise<unknown>): Promise<void> {
  await serve(facts, async (line) => {
    const start = performance.now();
    let steps = 0;
    let ms = 0;
    do {
      await step();
      steps++;
      ms = performance.now() - start;
    } while (ms < Number(line) * 1000);
    const stepMs = ms / steps;
    return { tokensPerSecond: (tokens * 1000) / stepMs, stepMs, peakMiB: process.resourceUsage().maxRSS / 1024 };
  });
}
