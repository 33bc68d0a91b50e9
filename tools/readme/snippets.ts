// Runs every ```ts block of the READMEs and guides against the built packages, and holds what it prints against
// the comments beside its console.log lines.
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
const scratch = path.join(root, ".nx/snippets"); // inside the repository, so that @xlm/* resolves

const markdown = [
  "README.md",
  ...globSync(["packages/*/README.md", "docs/**/*.md"], { cwd: root, ignore: ["**/node_modules/**"] }).sort(),
].filter((file) => fs.existsSync(path.join(root, file)));

/** The runnable blocks of a page; "```ts ignore" is shown to readers only. */
function snippets(page: string): string[] {
  return [...page.matchAll(/^```ts[ \t]*\r?\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);
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
    else afterLog = false;
  }
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

const blocks = markdown.flatMap((file) =>
  snippets(fs.readFileSync(path.join(root, file), "utf8")).map((code, i) => ({ file, block: i + 1, code })),
);

describe("snippets", () => {
  it.each(blocks)("$file, block $block", async ({ file, block, code }) => {
    fs.mkdirSync(scratch, { recursive: true });
    const at = path.join(scratch, `${file.replaceAll(/[/.]/g, "-")}-${block}.ts`);
    fs.writeFileSync(at, code);
    const { stdout } = await run(process.execPath, ["--import", "tsx", at], { cwd: root, timeout: 100_000 });
    let rest = stdout;
    for (const line of promised(code)) {
      expect(rest, `the output promised as "${line}"`).toContain(line);
      rest = rest.slice(rest.indexOf(line) + line.length);
    }
  });
});
