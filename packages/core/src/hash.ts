import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** SHA-256 in hexadecimal digits; text is hashed as UTF-8. Node's own where there is one (ten times faster), else plain JavaScript. */
export function sha256Hex(content: string | Uint8Array): string {
  const crypto = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:crypto");
  if (crypto) return crypto.createHash("sha256").update(content).digest("hex");
  return bytesToHex(sha256(typeof content === "string" ? new TextEncoder().encode(content) : content));
}
