import fc from "fast-check";
import { broken, lawOf, plainLaw, type Law, type LawOptions } from "./law.js";
import { arbitrarySentence, type TextOptions } from "./text.js";

/**
 * What a subword encoder owes: decoding undoes encoding, and words encode independently.
 * @param encode a line of words with single spaces between them -> pieces with single spaces between them.
 * @param decode the way back.
 */
export function bpeLaws(
  encode: (line: string) => string,
  decode: (pieces: string) => string,
  options: LawOptions & TextOptions = {},
): Law[] {
  const sentence = arbitrarySentence(options);
  return [
    lawOf(
      "decoding undoes encoding",
      sentence,
      (line) => {
        const pieces = encode(line);
        if (decode(pieces) !== line) broken(`"${line}" encodes to "${pieces}", which decodes to "${decode(pieces)}"`);
      },
      options,
    ),
    lawOf(
      "words encode independently",
      sentence,
      (line) => {
        const apart = line.split(" ").map(encode).join(" ");
        if (encode(line) !== apart) broken(`"${line}" encodes to "${encode(line)}" and its words alone to "${apart}"`);
      },
      options,
    ),
    lawOf(
      "the same line encodes to the same pieces",
      fc.record({ line: sentence, other: sentence }),
      ({ line, other }) => {
        const first = encode(line);
        encode(other);
        if (encode(line) !== first) broken(`"${line}" encoded to "${first}" and then to "${encode(line)}"`);
      },
      options,
    ),
    plainLaw("nothing encodes to nothing", () => {
      if (encode("") !== "") broken(`an empty line encodes to "${encode("")}"`);
    }),
  ];
}
