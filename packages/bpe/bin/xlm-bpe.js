#!/usr/bin/env node
import { runCommand } from "../dist/command.js";

const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => controller.abort());
const say = (text) => void process.stderr.write(text);
process.exitCode = await runCommand(process.argv.slice(2), { say, signal: controller.signal });
if (controller.signal.aborted) process.exit(); // a read of a pipe may be under way still
