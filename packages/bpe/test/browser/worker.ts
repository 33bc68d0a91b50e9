import { attempt, prepare, type Preparation } from "./preparation.js";

globalThis.onmessage = async ({ data }: MessageEvent<Preparation>) =>
  globalThis.postMessage(await attempt(() => prepare(data)));
