import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { afterEach, describe, expect, it } from "vitest";
import { ownBackend } from "../test/own-backend.js";
import { dropout, globalNorm, layerNorm, linear, meanLoss, vocabLoss } from "./index.js";

afterEach(() => tf.setBackend("cpu"));

describe("the mechanism", () => {
  it("registers nothing until a kernel runs", async () => {
    expect(tf.getGradient("Reshape")).toBeUndefined();
    await tf.setBackend("cpu");
    expect(tf.getKernelsForBackend("cpu").filter(({ kernelName }) => kernelName.startsWith("Xlm"))).toEqual([]);
    linear(tf.ones([1, 1]), tf.ones([1, 1]), null).dispose();
    const names = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
    expect(names.filter((name) => name.startsWith("Xlm"))).toEqual(["XlmLinear", "XlmLinearGrad"]);
    expect(tf.getGradient("Reshape")).toBeDefined();
  });

  it("prefers a backend's own kernels, which hand each other what they like", async () => {
    await ownBackend("native");
    const calls: string[] = [];
    tf.registerKernel({
      kernelName: "XlmDropout",
      backendName: "native",
      kernelFunc: ({ inputs, attrs }) => {
        calls.push(`forward ${JSON.stringify(attrs)}`);
        const x = inputs["x"] as tf.Tensor;
        return [tf.mul(x, 3), tf.scalar(7), tf.scalar(5)];
      },
    });
    tf.registerKernel({
      kernelName: "XlmDropoutGrad",
      backendName: "native",
      kernelFunc: ({ inputs }) => {
        calls.push(`backward ${Object.keys(inputs).join(" ")}`);
        return tf.tidy(() =>
          tf.mul(inputs["dy"] as tf.Tensor, tf.add(inputs["aux0"] as tf.Tensor, inputs["aux1"] as tf.Tensor)),
        );
      },
    });
    const before = tf.memory().numTensors;
    const x = tf.ones([2]);
    const grad = tf.grad((given: tf.Tensor) => dropout(given, { rate: 0.5, key: [1, 2] }))(x);
    expect(Array.from(grad.dataSync())).toEqual([12, 12]);
    expect(calls).toEqual(['forward {"dropout":{"rate":0.5,"key":[1,2]}}', "backward dy aux0 aux1"]);
    tf.dispose([x, grad]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses half a pair", async () => {
    await ownBackend("half");
    tf.registerKernel({ kernelName: "XlmLinearGrad", backendName: "half", kernelFunc: () => [] });
    expect(() => linear(tf.ones([1, 1]), tf.ones([1, 1]), null)).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: backend half has XlmLinearGrad alone of XlmLinear and XlmLinearGrad: a kernel and its gradient agree between themselves on what is saved. Fix: register both, or neither to use the composites]`,
    );
  });

  it("leaves no tensor behind without a gradient either", async () => {
    for (const backend of ["cpu", "wasm"]) {
      await tf.setBackend(backend);
      const x = tf.ones([2, 3]);
      const before = tf.memory().numTensors;
      layerNorm(x, tf.ones([3]), tf.zeros([3]), { residual: x }).dispose();
      globalNorm([x]).dispose();
      expect(tf.memory().numTensors).toBe(before + 2); // gamma and beta
      x.dispose();
    }
  });

  it("differentiates to variables through plain operations around it", async () => {
    for (const backend of ["cpu", "wasm"]) {
      await tf.setBackend(backend);
      const weight = tf.variable(tf.tensor2d([[1], [0]]));
      const bias = tf.variable(tf.zeros([2]));
      const targets = tf.tensor1d([0, 1], "int32");
      const x = tf.tensor3d([[[1], [2]]]);
      const { value, grads } = tf.variableGrads(() => {
        const rows = tf.reshape(tf.mul(x, 2), [2, 1]);
        return tf.mean(vocabLoss(rows, weight, bias, targets));
      }, [weight, bias]);
      const p = [2, 4].map((score) => 1 / (1 + Math.exp(-score)));
      expect(value.dataSync()[0]).toBeCloseTo((-Math.log(p[0]!) - Math.log(1 - p[1]!)) / 2, 5);
      const toBias = Array.from((grads[bias.name] as tf.Tensor).dataSync());
      expect(toBias[0]).toBeCloseTo((p[0]! - 1 + p[1]!) / 2, 5);
      expect(toBias[1]).toBeCloseTo((1 - p[0]! - p[1]!) / 2, 5);
    }
  });

  it("reports per-target losses beside the mean that it differentiates", async () => {
    await tf.setBackend("wasm");
    const bias = tf.variable(tf.zeros([4]));
    let losses: tf.Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      losses = tf.keep(vocabLoss(tf.zeros([3, 2]), tf.zeros([4, 2]), bias, tf.tensor1d([0, 1, 1], "int32")));
      return meanLoss(losses);
    }, [bias]);
    expect(value.dataSync()[0]).toBeCloseTo(Math.log(4), 6);
    expect(losses?.shape).toEqual([3]);
    expect(Array.from((grads[bias.name] as tf.Tensor).dataSync())[1]).toBeCloseTo(1 / 4 - 2 / 3, 6);
  });
});
