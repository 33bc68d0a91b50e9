/** Irish. */
import type { PrefixTable } from "./table.js";
import { LATIN } from "./shared.js";

export const ga: PrefixTable = {
  letters: LATIN + "ÁÉÍÓÚ",
  always: {
    titles: "B.Arch Co Dr Uacht",
    phrases: ".i ~cf Chr i.e m.sh r",
  },
  numericOnly: "lch lgh uimh",
};
