import { type ErrorPlace, DataError, FormatError, SPECIAL_TOKENS } from "@xlm/core";
import type { BpeCodes } from "../codes.js";
import { excerpt } from "../lines.js";
import { END } from "../symbols.js";

// fastBPE marks subwords that a word goes on after (`foo@@`, `foo`); Hugging Face marks those that end one (`foo`, `foo</w>`).

const specials = new Set(SPECIAL_TOKENS);
const inner = /^(.+)@@$/su;
const badText = /\p{Surrogate}/u;

/**
 * Subwords in Hugging Face's form, in the same order; special tokens stay as they are.
 * @throws DataError for a subword that has no such form of its own.
 */
export function toHuggingFaceTokens(codes: BpeCodes, tokens: readonly string[]): string[] {
  const finals = new Set(
    codes.merges.map(({ left, right }) => left + right).filter((made) => made.endsWith(`@@${END}`)),
  );
  const takenBy = new Map<string, string>();
  return tokens.map((token) => {
    checkUtf8(token);
    const stem = specials.has(token) ? undefined : inner.exec(token)?.[1];
    const written = specials.has(token) ? token : (stem ?? token + END);
    if (token === "" || stem?.endsWith(END)) {
      throw new DataError({
        what: `the subword ${excerpt(token)} would be written ${excerpt(written)}`,
        why: `${END} says there that a word ends, and this one goes on or is none`,
        fix: "take it out of the vocabulary, which moves all later ids, or escape such text before codes are learned",
      });
    }
    if (stem !== undefined && finals.has(token + END)) {
      throw new DataError({
        what: `the subword ${excerpt(token)} is ${excerpt(stem)} inside a word, and by the codes also a word's end that reads @@`,
        why: "there the two have different names, and here one id",
        fix: "learn codes on text without @@",
      });
    }
    const earlier = takenBy.get(written);
    if (earlier !== undefined) {
      throw new DataError({
        what: `the subwords ${excerpt(earlier)} and ${excerpt(token)} would both be written ${excerpt(written)}`,
        why: "an id belongs to one subword",
        fix: "take one of the two out of the vocabulary, which moves all later ids",
      });
    }
    takenBy.set(written, token);
    return written;
  });
}

/**
 * Subwords in fastBPE's form, in the same order.
 * @throws FormatError for a token that has no such form of its own.
 */
export function fromHuggingFaceTokens(tokens: readonly string[], at: ErrorPlace): string[] {
  return tokens.map((token) => {
    if (specials.has(token)) return token;
    const subword = token.endsWith(END) ? token.slice(0, -END.length) : `${token}@@`;
    const clash =
      token === "" || subword === ""
        ? "is no part of a word"
        : badText.test(token)
          ? "holds half a character"
          : specials.has(subword)
            ? "is a word that reads like a special token"
            : token.endsWith(END) && inner.test(subword)
              ? `is a word that ends in @@, as fastBPE writes ${excerpt(subword.slice(0, -2))} inside words`
              : undefined;
    if (clash === undefined) return subword;
    throw new FormatError({
      what: `the token ${excerpt(token)} ${clash}`,
      why: "fastBPE has no name for it that is its own",
      fix: "take it out of the vocabulary, which moves all later ids, or keep using Hugging Face's program",
      at,
    });
  });
}

/** @throws DataError for bytes that are not UTF-8. */
export function checkUtf8(token: string): void {
  if (!badText.test(token)) return;
  throw new DataError({
    what: `${excerpt(token)} holds bytes that are not UTF-8`,
    why: "these files are JSON and text, which hold characters",
    fix: "learn codes and count the vocabulary on valid UTF-8",
  });
}
