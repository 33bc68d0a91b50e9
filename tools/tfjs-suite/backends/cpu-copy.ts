// The cpu backend under another name: what a backend without a name that tfjs-core's tests know can pass at most.
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { copyRegisteredKernels, registerBackend } from "@tensorflow/tfjs-core";
import { runSuite } from "../suite.js";

void runSuite(() => {
  registerBackend("cpu-copy", () => new MathBackendCPU());
  copyRegisteredKernels("cpu", "cpu-copy");
});
