import { runLaws, type LawsRequest } from "./laws.js";

globalThis.onmessage = async ({ data }: MessageEvent<LawsRequest>) => globalThis.postMessage(await runLaws(data));
