import fs from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Where Debian and Ubuntu put it. */
const USUAL = "/usr/bin/chromium";

/** Keep it from looking for networks, updates and graphics cards. */
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/**
 * Starts Chromium without a window: the one that the environment variable CHROMIUM names, or Debian's.
 * @throws Error that says how to install it.
 */
export async function openChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? USUAL;
  if (!fs.existsSync(executablePath)) {
    throw new Error(
      `there is no Chromium at ${executablePath}: the browser tests drive one. ` +
        "Fix: apt-get install -y --no-install-recommends chromium, or name another in the environment variable CHROMIUM",
    );
  }
  return chromium.launch({ executablePath, args: FLAGS });
}
