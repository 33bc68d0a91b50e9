import * as tf from "@tensorflow/tfjs-core";
import type { CudaBackend } from "../backend.js";
import type { Native } from "../native.js";

export type Tensors = Record<string, tf.TensorInfo>;

/** A kernel on the device; null for a case that it leaves to tfjs's cpu kernel. */
export type NativeKernel<A = unknown> = (
  native: Native,
  inputs: Tensors,
  attrs: A,
) => tf.TensorInfo | tf.TensorInfo[] | null;

/** A native kernel under tfjs's name for the operation, the cpu kernel standing behind it. */
export function registerNative(backendName: string, kernelName: string, kernel: NativeKernel<never>): void {
  const behind = tf.getKernel(kernelName, "cpu") as tf.KernelConfig | undefined;
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: (params) => {
      const { native } = params.backend as CudaBackend;
      const result = native.scope(() => kernel(native, params.inputs as Tensors, params.attrs as never));
      if (result) return result;
      if (!behind) throw new Error(`${kernelName} has no cpu kernel behind it`);
      return behind.kernelFunc(params);
    },
  });
}

/** Whether all of these are tensors of float32. */
export const areFloats = (...tensors: (tf.TensorInfo | undefined)[]): boolean =>
  tensors.every((x) => x === undefined || x.dtype === "float32");

/** Whether a tensor has elements of 4 bytes that can be copied whatever they mean. */
export const hasWords = (x: tf.TensorInfo): boolean => x.dtype === "float32" || x.dtype === "int32";
