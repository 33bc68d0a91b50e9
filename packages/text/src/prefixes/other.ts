/** Chinese and Cantonese, for which Moses has the Latin letters of a Latvian table. */
import type { PrefixTable } from "./table.js";
import { BALTIC } from "./shared.js";

export const zh: PrefixTable = {
  letters: BALTIC,
  always: {},
  numericOnly: "No Nr",
};
