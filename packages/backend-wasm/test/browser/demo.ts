// Serves the training page until it is interrupted: `npm run -s demo:browser`, or with a port of your own behind `--`.
import { bundlePages, serve } from "./serve.js";

const { address } = await serve(await bundlePages(), { port: Number(process.argv[2] ?? 0) });
console.log(`Open ${address} in a browser; ${address}/?threads=1 for one thread. Ctrl-C ends it.`);
