import { type Text, toText } from "./bytes.js";

/** Lines of a table with their numbers from 1. A carriage return before the newline is left out. */
export function* lines(text: Text): Generator<{ text: string; line: number }> {
  const content = typeof text === "string" ? text : toText(text);
  const all = content.split("\n");
  if (all.at(-1) === "") all.pop();
  for (const [i, line] of all.entries()) yield { text: line.endsWith("\r") ? line.slice(0, -1) : line, line: i + 1 };
}

/** Fields of a line between runs of spaces; other blanks belong to the fields. */
export const fields = (line: string): string[] => line.split(" ").filter((field) => field !== "");

/** A quoted text for a message, cut to a length that can be read. */
export const excerpt = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
