import path from "node:path";
import { build, type Metafile } from "esbuild";
import type { Browser, Page } from "playwright-core";

export interface Site {
  /** Scripts by the path they are asked for. */
  readonly scripts: ReadonlyMap<string, string>;
  /** What esbuild says of where they came from. */
  readonly metafile: Metafile;
}

/** Bundles the page of this folder and its worker for browsers, with nothing left outside. */
export async function bundlePage(): Promise<Site> {
  const { outputFiles, metafile } = await build({
    entryPoints: ["page", "worker"].map((name) => path.join(import.meta.dirname, `${name}.ts`)),
    outdir: "/",
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@xlm/source"],
  });
  return { scripts: new Map(outputFiles.map(({ path: file, text }) => [`/${path.basename(file)}`, text])), metafile };
}

const DOCUMENT =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/**
 * Opens the page; no server and no network is behind it.
 * @param policy its Content-Security-Policy, and its worker's. @default none
 */
export async function openPage(browser: Browser, { scripts }: Site, policy?: string): Promise<Page> {
  const page = await browser.newPage();
  await page.route("**/*", (route) => {
    const { pathname } = new URL(route.request().url());
    const body = pathname === "/" ? DOCUMENT : scripts.get(pathname);
    return route.fulfill({
      status: body === undefined ? 404 : 200,
      contentType: `text/${pathname === "/" ? "html" : "javascript"}; charset=utf-8`,
      headers: policy === undefined ? {} : { "Content-Security-Policy": policy },
      body: body ?? "",
    });
  });
  await page.goto("https://page.test/");
  return page;
}
