import { type Text, toBytes, toText } from "./bytes.js";

/**
 * Joins subwords into words again (the original's `sed -r 's/(@@ )|(@@ ?$)//g'`), on one line or many.
 * Undoes coding exactly unless a word of the text itself ends in `@@`.
 */
export function restoreBpe(text: string): string;
export function restoreBpe(text: Uint8Array): Uint8Array;
export function restoreBpe(text: Text): Text {
  if (typeof text === "string") return text.replace(/@@ |@@(?=\n|$)/g, "");
  return toBytes(restoreBpe(toText(text)));
}
