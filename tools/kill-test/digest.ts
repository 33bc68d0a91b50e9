import { createHash } from "node:crypto";
import type { TrainerState } from "@xlm/trainer";

/**
 * SHA-256 of all that a run goes on from: every bit of weights and averages, every number of counters, position, generators
 * and losses. The same for a state in memory and one read from JSON: keys count in their order by name, `undefined` as absent.
 */
export function digestOf(state: TrainerState): string {
  const hash = createHash("sha256");
  const add = (name: string, value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      hash.update(`${name} ${value.constructor.name} ${value.byteLength}\n`);
      hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).filter(([, part]) => part !== undefined);
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      hash.update(`${name} ${entries.length}\n`);
      for (const [key, part] of entries) add(`${name}/${key}`, part);
    } else {
      hash.update(`${name} ${JSON.stringify(value)}\n`);
    }
  };
  add("", state);
  return hash.digest("hex");
}
