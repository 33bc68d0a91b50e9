import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeKernel } from "./registry.js";

interface MeanAttrs {
  n: number;
  count: number;
}

/** `XlmMeanLoss`: one loss a target is little work, and float64 keeps its digits. */
export const meanLoss: NativeKernel<MeanAttrs> = (native, inputs, { n, count }) => {
  const { losses } = inputs as { losses: TensorInfo };
  const [from, out] = [native.address(losses), native.make([])];
  const sum = native.memory.f32(from, n).reduce((total, loss) => total + loss, 0);
  native.memory.f32(native.address(out), 1)[0] = sum / count;
  return out;
};

/** `XlmMeanLossGrad` */
export const meanLossGrad: NativeKernel<MeanAttrs> = (native, inputs, { n, count }) => {
  const { dy } = inputs as { dy: TensorInfo };
  const [from, out] = [native.address(dy), native.make([n])];
  const share = (native.memory.f32(from, 1)[0] as number) / count;
  native.memory.f32(native.address(out), n).fill(share);
  return out;
};
