import type { NativeKernel as Kernel } from "@xlm/kernels/backend";
import type { Native } from "../native.js";

/** A kernel on the device; null for a case that it leaves to tfjs's cpu kernel. */
export type NativeKernel<A = unknown> = Kernel<Native, A>;
