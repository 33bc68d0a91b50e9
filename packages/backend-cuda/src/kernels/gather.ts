import { gatherKernels as gatherKernelsOver } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { gatherInto, scatter } from "./embedding.js";

/** Kernels over rows that are named by index, under tfjs's names. */
export const gatherKernels = gatherKernelsOver<Native>((native, x) => native.ints(x), gatherInto, scatter);
