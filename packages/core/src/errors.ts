/** The place in a user's file that an error speaks of. Lines count from 1. */
export interface ErrorPlace {
  file?: string;
  line?: number;
}

/** What happened with the values in it, why it matters, what to do next. */
export interface ErrorParts {
  what: string;
  why: string;
  fix: string;
  at?: ErrorPlace;
  cause?: unknown;
}

const placeText = ({ file, line }: ErrorPlace): string =>
  [file, line === undefined ? undefined : `line ${line}`].filter((part) => part !== undefined).join(", ");

/**
 * The base of every error these packages throw on purpose.
 * Switch on `code`: it survives two installed copies of the package, where `instanceof` does not.
 */
export class XlmError extends Error {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly at: ErrorPlace | undefined;

  constructor(
    readonly code: string,
    parts: ErrorParts,
  ) {
    const place = parts.at ? placeText(parts.at) : "";
    super(`${place ? `${place}: ` : ""}${parts.what}: ${parts.why}. Fix: ${parts.fix}`, { cause: parts.cause });
    this.name = new.target.name;
    this.what = parts.what;
    this.why = parts.why;
    this.fix = parts.fix;
    this.at = parts.at;
  }
}

/** Two sizes that must agree do not. Code `XLM_SHAPE`. */
export class ShapeError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_SHAPE", parts);
  }
}

/** An argument or option is outside what it may be. Code `XLM_OPTION`. */
export class OptionError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_OPTION", parts);
  }
}

/** A user's text or table cannot be used: empty, misaligned, not UTF-8. Code `XLM_DATA`. */
export class DataError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_DATA", parts);
  }
}

/** A file is not what its format promises: cut short, damaged or hostile. Code `XLM_FORMAT`. */
export class FormatError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_FORMAT", parts);
  }
}

/** Two things that belong together do not: codes and vocabulary, vocabulary and checkpoint. Code `XLM_MISMATCH`. */
export class MismatchError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_MISMATCH", parts);
  }
}

/** Training went wrong in a way that more steps will not mend: NaN, or a loss that never moves. Code `XLM_DIVERGED`. */
export class DivergenceError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_DIVERGED", parts);
  }
}

/** Asked for something this build, backend or platform cannot do. Code `XLM_UNSUPPORTED`. */
export class UnsupportedError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_UNSUPPORTED", parts);
  }
}

/** There is not enough memory for what was asked. Code `XLM_MEMORY`. */
export class MemoryError extends XlmError {
  constructor(parts: ErrorParts) {
    super("XLM_MEMORY", parts);
  }
}
