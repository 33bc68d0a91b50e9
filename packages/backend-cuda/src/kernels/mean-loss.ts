import type { TensorInfo } from "@tensorflow/tfjs-core";
import { COPY } from "./copy.js";
import { sumAll } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

interface MeanAttrs {
  n: number;
  count: number;
}

/** `XlmMeanLoss` */
export const meanLoss: NativeKernel<MeanAttrs> = (native, inputs, { n, count }) => {
  const { losses } = inputs as { losses: TensorInfo };
  const out = native.make([]);
  sumAll(native, n, native.address(losses), native.address(out), count);
  return out;
};

/** `XlmMeanLossGrad` */
export const meanLossGrad: NativeKernel<MeanAttrs> = (native, inputs, { n, count }) => {
  const { dy } = inputs as { dy: TensorInfo };
  const out = native.make([n]);
  native.launch(COPY, "spread", native.blocks(n), [native.address(dy), native.address(out), n, 1 / count]);
  return out;
};
