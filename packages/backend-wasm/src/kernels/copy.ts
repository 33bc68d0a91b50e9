import { copyKernels as copyKernelsOver } from "@xlm/kernels/backend";
import { planCopy } from "../strided.js";

/** Kernels that move elements and change none, under tfjs's names. */
export const copyKernels = copyKernelsOver(planCopy);
