import { spawnSync } from "node:child_process";

/** MiB in use on the first GPU as nvidia-smi counts them, by whomever; undefined where it is not installed. */
export function usedMiB(): number | undefined {
  const query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"];
  const { status, stdout } = spawnSync("nvidia-smi", query, { encoding: "utf8", timeout: 10_000 });
  const used = parseInt(stdout, 10);
  return status === 0 && used >= 0 ? used : undefined;
}
