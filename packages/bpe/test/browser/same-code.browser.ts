import fs from "node:fs";
import path from "node:path";
import { createLineTokenizer } from "@xlm/text";
import { openChromium } from "@xlm/tools/chromium";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineName } from "../../src/index.js";
import { bundlePage, openPage, type Site } from "./chromium.js";
import { madeUp } from "./made-up.js";
import type { Offer } from "./page.js";
import { prepare, type Outcome, type Prepared } from "./preparation.js";

const corpora = path.resolve(import.meta.dirname, "../../../corpora/data");
const excerpt = (file: string, lines: number): string[] =>
  fs.readFileSync(path.join(corpora, file), "utf8").split("\n").slice(0, lines);
const declared = fs
  .readdirSync(path.join(corpora, "udhr"))
  .flatMap((file) => /^articles\.(\w\w)$/.exec(file)?.[1] ?? []);

const texts = Object.fromEntries(
  [...new Set([...Object.keys(madeUp), ...declared])].map((lang) => [
    lang,
    [
      ...(madeUp[lang] ?? []),
      ...(declared.includes(lang) ? excerpt(`udhr/articles.${lang}`, 6) : []),
      ...(["en", "es"].includes(lang) ? excerpt(`bible/valid.${lang}`, 100) : []),
    ].join("\n"),
  ]),
);

const own = "default-src 'none'; worker-src 'self'; script-src 'self'";
/** Content-Security-Policies of pages. */
const policies = {
  none: undefined,
  /** Scripts that come with the page, and nothing else. */
  strict: own,
  wasm: `${own} 'wasm-unsafe-eval'`,
};

let browser: Browser;
let site: Site;
beforeAll(async () => {
  [browser, site] = await Promise.all([openChromium(), bundlePage()]);
});
afterAll(() => browser?.close());

/** Opens a page under a policy for as long as it is used. */
async function withPage<T>(policy: string | undefined, use: (page: Page) => Promise<T>): Promise<T> {
  const page = await openPage(browser, site, policy);
  return use(page).finally(() => page.close());
}
const prepareIn = (page: Page, where: "page" | "worker", engine?: EngineName): Promise<Outcome<Prepared>> =>
  page.evaluate(([where, preparation]) => (globalThis as unknown as Offer).prepare[where](preparation), [
    where,
    { texts, engine },
  ] as const);
const engineIn = (page: Page, name?: EngineName): Promise<Outcome<EngineName>> =>
  page.evaluate((name) => (globalThis as unknown as Offer).engine(name), name);
/** How often the page compiles a WebAssembly module from now on. */
const countCompiles = (page: Page): Promise<void> =>
  page.evaluate(() => {
    Object.assign(globalThis, { compiles: 0 });
    WebAssembly.Module = new Proxy(WebAssembly.Module, {
      construct(target, args) {
        (globalThis as unknown as { compiles: number }).compiles++;
        return Reflect.construct(target, args) as object;
      },
    });
  });
const compilesIn = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { compiles: number }).compiles);

it("bundles for browsers with nothing left outside", () => {
  const { inputs, outputs } = site.metafile;
  const imports = [...Object.values(inputs), ...Object.values(outputs)].flatMap(({ imports }) => imports);
  expect(imports.filter(({ external, path }) => external || path.startsWith("node:"))).toEqual([]);
  for (const name of ["bpe", "core", "data", "text"]) expect(inputs).toHaveProperty([`packages/${name}/src/index.ts`]);
  // Nor is anything replaced by nothing, as esbuild does with what a package.json excludes for browsers.
  expect(Object.keys(inputs).filter((file) => /^\(disabled\)|\/src\/node\//.test(file))).toEqual([]);
});

describe("what is made of a text", () => {
  let expected: Prepared;
  beforeAll(async () => {
    expected = await prepare({ texts, engine: "js" });
  });

  it("is something", () => {
    expect(new Set(expected.engines)).toEqual(new Set(["js"]));
    const { made } = expected;
    expect(Object.entries(made).filter(([, what]) => what.startsWith("0 "))).toEqual([]);
    expect(made["stream {}"]).toBe(made["subwords"]);
    expect(made["frequent subwords"]).not.toBe(made["subwords"]);
    expect(made).toHaveProperty(["shard.001.safetensors"]);
  });

  it("is the same with the other engine in Node", async () => {
    const { engines, made } = await prepare({ texts });
    expect(new Set(engines)).toEqual(new Set(["wasm"]));
    expect(made).toEqual(expected.made);
  });

  it.each<{ policy: keyof typeof policies; where: "page" | "worker"; asked: EngineName | "default"; runs: EngineName }>(
    [
      { policy: "none", where: "page", asked: "default", runs: "wasm" },
      { policy: "none", where: "page", asked: "js", runs: "js" },
      { policy: "none", where: "worker", asked: "default", runs: "wasm" },
      { policy: "strict", where: "page", asked: "default", runs: "js" },
      { policy: "strict", where: "worker", asked: "default", runs: "js" },
    ],
  )("is the same in a $where of Chromium, policy $policy, engine $asked", async ({ policy, where, asked, runs }) => {
    const outcome = await withPage(policies[policy], (page) =>
      prepareIn(page, where, asked === "default" ? undefined : asked),
    );
    expect(outcome).toEqual({ value: { engines: expected.engines.map(() => runs), made: expected.made } });
  });
});

describe("the engine in a page", () => {
  it("is wasm where a policy has one word for it", async () => {
    expect(await withPage(policies.wasm, (page) => engineIn(page))).toEqual({ value: "wasm" });
  });

  it("is js where a policy forbids WebAssembly", async () => {
    expect(await withPage(policies.strict, (page) => engineIn(page))).toEqual({ value: "js" });
  });

  it.each(["strict", "wasm"] as const)(
    "is compiled once under the policy %s, and never if js is asked for",
    async (name) => {
      await withPage(policies[name], async (page) => {
        await countCompiles(page);
        expect(await engineIn(page, "js")).toEqual({ value: "js" });
        expect(await compilesIn(page)).toBe(0);
        for (let i = 0; i < 3; i++) await engineIn(page);
        expect(await compilesIn(page)).toBe(1);
      });
    },
  );

  it("cannot be wasm where a policy forbids it", async () => {
    const outcome = await withPage(policies.strict, (page) => engineIn(page, "wasm"));
    expect(outcome).toMatchObject({ code: "XLM_UNSUPPORTED", message: expect.stringContaining('engine: "js"') });
  });

  it("is js without WebAssembly", async () => {
    await withPage(policies.none, async (page) => {
      await page.evaluate(() => Reflect.deleteProperty(globalThis, "WebAssembly"));
      expect(await engineIn(page)).toEqual({ value: "js" });
    });
  });

  it("gives memory back when coders are no longer used", async () => {
    const n = 500; // all at once would not fit the address space that Chromium grants
    const outcome = await withPage(policies.none, (page) =>
      page.evaluate((n) => (globalThis as unknown as Offer).manyCoders(n), n),
    );
    expect(outcome).toEqual({ value: n });
  });
});

it.each(["zh", "ja", "th"])("finds words of %s with the browser's dictionaries", async (lang) => {
  const line = madeUp[lang]![0]!;
  const words = await withPage(policies.strict, (page) =>
    page.evaluate(([lang, line]) => (globalThis as unknown as Offer).words(lang, line), [lang, line] as const),
  );
  const normalized = createLineTokenizer(lang, { segment: (line) => line })(line);
  expect(words.replaceAll(" ", "")).toBe(normalized.replaceAll(" ", ""));
  expect(words.split(" ").length).toBeGreaterThan(3);
  expect(words.split(" ").length).toBeLessThan(normalized.length / 1.2);
});
