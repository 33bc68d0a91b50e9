// Runs every ```ts block of the READMEs and guides against the built packages, and holds what it prints against
// the comments beside its console.log lines.
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { globSync } from "tinyglobby";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const scratch = path.join(root, ".nx/snippets"); // inside the repository, so that @xlm/* resolves

const markdown = [
  "README.md",
  ...globSync(["packages/*/README.md", "docs/**/*.md"], { cwd: root, ignore: ["**/node_modules/**"] }).sort(),
].filter((file) => fs.existsSync(path.join(root, file)));

/**
 * The runnable blocks of a page; "```ts ignore" is shown to readers only. A block that begins "```ts file=NAME.ts" is a file that the others of
 * its page can import as "./NAME.js".
 */
function snippets(page: string): { name: string; code: string }[] {
  const fences = [...page.matchAll(/^```ts(?: file=([\w-]+\.ts))?[ \t]*\r?\n([\s\S]*?)^```/gm)];
  return fences.map(([, name, code], i) => ({ name: name ?? `block-${i + 1}.ts`, code: code as string }));
}

/** What a block promises to print: comments behind a console.log, or on the lines after it. */
function promised(code: string): string[] {
  const lines: string[] = [];
  let afterLog = false;
  for (const line of code.split("\n")) {
    const log = /console\.log\(.*\);\s*(?:\/\/\s?(.*))?$/.exec(line);
    const comment = /^\s*\/\/\s?(.*)$/.exec(line);
    if (log) {
      afterLog = log[1] === undefined;
      if (log[1] !== undefined) lines.push(log[1]);
    } else if (comment && afterLog) lines.push(comment[1] as string);
    else if (!/^\s*\}$/.test(line)) afterLog = false; // the end of a loop that prints
  }
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

const blocks = markdown.flatMap((file) => {
  const dir = path.join(scratch, file.replaceAll(/[/.]/g, "-"));
  return snippets(fs.readFileSync(path.join(root, file), "utf8")).map((snippet) => ({ file, dir, ...snippet }));
});

describe("snippets", () => {
  beforeAll(() => {
    for (const { dir, name, code } of blocks) {
      fs.mkdirSync(dir, { recursive: true });
      fs.writeFileSync(path.join(dir, name), code);
    }
  });

  it.each(blocks)("$file, $name", async ({ dir, name, code }) => {
    const args = ["--import", "tsx", path.join(dir, name)];
    const { stdout } = await run(process.execPath, args, { cwd: root, timeout: 100_000 });
    let rest = stdout;
    for (const line of promised(code)) {
      expect(rest, `the output promised as "${line}"`).toContain(line);
      rest = rest.slice(rest.indexOf(line) + line.length);
    }
  });
});
