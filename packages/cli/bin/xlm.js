#!/usr/bin/env node
import { interruptSignal, main, processIo } from "../dist/index.js";

process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit(0); // whoever read our output, such as head, has seen enough
  throw error;
});
const { signal, release } = interruptSignal(process.stderr);
process.exitCode = await main(process.argv.slice(2), processIo(signal));
release();
