import * as tf from "@tensorflow/tfjs-core";
import type { KernelScope } from "./scope.js";

export type Tensors = Record<string, tf.TensorInfo>;

/** A kernel of a backend's own; null for a case that it leaves to tfjs's cpu kernel. */
export type NativeKernel<N extends KernelScope, A = unknown> = (
  native: N,
  inputs: Tensors,
  attrs: A,
) => tf.TensorInfo | tf.TensorInfo[] | null;

/** A kernel under tfjs's name for the operation, the cpu kernel standing behind it. */
function registerNative<N extends KernelScope>(
  backendName: string,
  kernelName: string,
  kernel: NativeKernel<N, never>,
): void {
  const behind = tf.getKernel(kernelName, "cpu") as tf.KernelConfig | undefined;
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: (params) => {
      const { native } = params.backend as { native: N };
      const result = native.scope(() => kernel(native, params.inputs as Tensors, params.attrs as never));
      if (result) return result;
      if (!behind) throw new Error(`${kernelName} has no cpu kernel behind it`);
      return behind.kernelFunc(params);
    },
  });
}

/** Gives a backend, whose `native` runs kernels, every cpu kernel, then its own over them. */
export function registerKernels<N extends KernelScope>(
  backendName: string,
  kernels: Readonly<Record<string, NativeKernel<N, never>>>,
): void {
  if (tf.getKernelsForBackend(backendName).length > 0) return;
  tf.copyRegisteredKernels("cpu", backendName);
  for (const [name, kernel] of Object.entries(kernels)) registerNative(backendName, name, kernel);
}

/** Whether all of these are tensors of float32. */
export const areFloats = (...tensors: (tf.TensorInfo | undefined)[]): boolean =>
  tensors.every((x) => x === undefined || x.dtype === "float32");

/** Whether a tensor has elements of 4 bytes that can be copied whatever they mean. */
export const hasWords = (x: tf.TensorInfo): boolean => x.dtype === "float32" || x.dtype === "int32";
