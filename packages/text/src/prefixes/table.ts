/**
 * The abbreviations of one language, packed. Lists are words separated by white space, without their final full stop:
 * `~dr` is both `dr` and `Dr`, `a.{b,c}` both `a.b` and `a.c`, `_` a space.
 */
export interface PrefixTable {
  /** Letters that stand for themselves, such as initials: one string, a letter a character. */
  readonly letters?: string;
  /** Lists by subject. The subjects are for readers alone. */
  readonly always: Readonly<Record<string, string>>;
  /** Held together with the full stop only before a number: `No. 5`. */
  readonly numericOnly?: string;
}

const capitalised = (word: string): string => word.replace(/^./u, (first) => first.toUpperCase());

/** The words of a packed list. */
export function unpack(list: string): string[] {
  return list
    .split(/\s+/)
    .filter((word) => word !== "")
    .flatMap(alternatives)
    .flatMap((word) => (word.startsWith("~") ? [word.slice(1), capitalised(word.slice(1))] : [word]))
    .map((word) => word.replaceAll("_", " "));
}

function alternatives(word: string): string[] {
  const found = /^([^{]*)\{([^}]*)\}(.*)$/.exec(word);
  if (!found) return [word];
  const [, head = "", choices = "", tail = ""] = found;
  return choices.split(",").flatMap((choice) => alternatives(head + choice + tail));
}
