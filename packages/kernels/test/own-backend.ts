import * as tf from "@tensorflow/tfjs-core";

/** The cpu backend under another name, without our kernels, for a test to register its own. */
export async function ownBackend(name: string): Promise<void> {
  tf.registerBackend(name, tf.findBackendFactory("cpu"));
  tf.copyRegisteredKernels("cpu", name);
  for (const { kernelName } of tf.getKernelsForBackend(name))
    if (kernelName.startsWith("Xlm")) tf.unregisterKernel(kernelName, name);
  await tf.setBackend(name);
}
