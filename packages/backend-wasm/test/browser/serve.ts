import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { build } from "esbuild";

/** What makes a page cross-origin isolated, so that its threads can share memory. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

const here = import.meta.dirname;
const declaration = path.resolve(here, "../../../corpora/data/udhr");

/** Pages by the path they are asked for. */
export type Site = ReadonlyMap<string, { type: string; body: string }>;

/** Bundles the pages of this folder, their workers and the text that the training page learns from. */
export async function bundlePages(): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: ["laws-page", "laws-worker", "train-page", "train-worker"].map((name) =>
      path.join(here, `${name}.ts`),
    ),
    outdir: "/",
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["@xlm/source"],
  });
  const bundles = outputFiles.map(({ path: file, text }) => [`/${path.basename(file)}`, text] as const);
  const files = (folder: string, names: string[]): (readonly [string, string])[] =>
    names.map((name) => [`/${name}`, fs.readFileSync(path.join(folder, name), "utf8")] as const);
  const pages = [
    ...bundles,
    ...files(here, ["train.html", "train.css", "laws.html"]),
    ...files(declaration, ["articles.en", "articles.es"]),
  ];
  return new Map(
    pages.map(([at, body]) => [at, { type: TYPES[path.extname(at)] ?? "text/plain; charset=utf-8", body }]),
  );
}

export interface Served {
  /** Such as `http://127.0.0.1:4321`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves pages on this machine alone; `/` is the training page.
 * @param isolated whether with the headers that let threads share memory.
 * @param port 0 for any that is free.
 */
export async function serve(site: Site, { isolated = true, port = 0 } = {}): Promise<Served> {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const found = site.get(pathname === "/" ? "/train.html" : pathname);
    response.writeHead(found ? 200 : 404, {
      "Content-Type": found?.type ?? "text/plain",
      "Cache-Control": "no-store",
      ...(isolated && ISOLATION),
    });
    response.end(found?.body ?? "not here\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
