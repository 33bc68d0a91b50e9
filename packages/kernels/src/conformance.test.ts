import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { beforeAll, describe, expect, it } from "vitest";
import { ownBackend } from "../test/own-backend.js";
import { kernelLaws } from "./conformance/index.js";
import { linear } from "./index.js";

describe.each(["cpu", "wasm"])("the composites on stock %s", (backend) => {
  for (const law of kernelLaws({ backend })) it(law.name, law.run);
});

describe("kernelLaws", () => {
  it("shows a skipped law with its reason", async () => {
    const laws = kernelLaws({
      backend: "cpu",
      skip: [{ kernel: "Attention", when: "future", reason: "not written yet" }],
    });
    const [skipped, ...others] = laws.filter((law) => law.name.includes("skipped"));
    expect(skipped?.name).toBe("Attention: under causal the future changes nothing - skipped: not written yet");
    expect(others).toEqual([]);
    await skipped?.run();
  });

  it("refuses a skip that names nothing", () => {
    expect(() => kernelLaws({ backend: "cpu", skip: [{ kernel: "Atention", when: "always", reason: "-" }] })).toThrow(
      /skip names kernel Atention when always: no law is called so/,
    );
  });
});

describe("a backend with a mistake in it", () => {
  type Kernel = (params: { inputs: tf.NamedTensorInfoMap; attrs?: tf.NamedAttrMap }) => tf.Tensor[];
  /** The composites of XlmLinear, changed by a test. */
  let composites: { forward: Kernel; backward: Kernel };

  beforeAll(async () => {
    await tf.setBackend("cpu");
    tf.dispose(tf.tidy(() => linear(tf.ones([1, 1]), tf.ones([1, 1]), null)));
    const [forward, backward] = ["XlmLinear", "XlmLinearGrad"].map((name) => tf.getKernel(name, "cpu").kernelFunc);
    composites = { forward, backward } as typeof composites;
  });

  const mistakes: [string, RegExp, (right: typeof composites) => Partial<typeof composites>][] = [
    [
      "agrees with float64 (plain)",
      /the result\[0\] is .* and not .*: every backend gives what the float64 reference gives/,
      ({ forward }) => ({
        forward: (params) => tf.tidy(() => forward(params).map((x, i) => (i === 0 ? tf.mul(x, 1.001) : x))),
      }),
    ],
    [
      "has the slope of float64 (plain)",
      /the gradient of weight\[1\] is .* and not/,
      ({ backward }) => ({
        backward: (params) => tf.tidy(() => backward(params).map((x, i) => (i === 1 ? tf.neg(x) : x))),
      }),
    ],
    [
      "has the slope of float64 (without bias)",
      /gradient of input '0' has shape '5,4'/,
      ({ backward }) => ({
        backward: (params) => tf.tidy(() => backward(params).map((x, i) => (i === 0 ? tf.transpose(x) : x))),
      }),
    ],
    [
      "agrees with float64 (relu)",
      /tensors left behind: 2/,
      ({ forward }) => ({
        forward(params) {
          tf.keep(tf.scalar(1));
          return forward(params);
        },
      }),
    ],
    [
      "gives the same bits again (plain)",
      /part 0 of the second call\[\d+\] is .* and not/,
      ({ forward }) => {
        const last = { scale: 1 };
        const scaled: Kernel = (params) => tf.tidy(() => forward(params).map((x) => tf.mul(x, (last.scale += 1e-6))));
        return { forward: scaled };
      },
    ],
    [
      "passes NaN and infinity on (plain)",
      /with NaN in x the result\[0\] is 0 and not NaN/,
      ({ forward }) => ({
        forward: (params) => tf.tidy(() => forward(params).map((x) => tf.where(tf.isNaN(x), 0, x))),
      }),
    ],
    [
      "passes NaN and infinity on (gelu)",
      /the gradient for a result's NaN is finite/,
      ({ backward }) => ({
        backward: (params) => tf.tidy(() => backward(params).map((x) => tf.where(tf.isNaN(x), 0, x))),
      }),
    ],
    [
      "works on nothing (no columns in)",
      /the result is \[0\] and has not 6 elements/,
      ({ forward }) => ({ forward: (params) => tf.tidy(() => [tf.zeros([0]), ...forward(params).slice(1)]) }),
    ],
  ];
  it.each(mistakes.map((mistake, i) => [i, ...mistake] as const))("%i: %s", async (i, name, message, mistake) => {
    const backend = `mistaken-${i}`;
    await ownBackend(backend);
    const { forward, backward } = { ...composites, ...mistake(composites) };
    tf.registerKernel({ kernelName: "XlmLinear", backendName: backend, kernelFunc: forward });
    tf.registerKernel({ kernelName: "XlmLinearGrad", backendName: backend, kernelFunc: backward });
    const law = kernelLaws({ backend }).find((each) => each.name === `Linear: ${name}`);
    await expect(law?.run()).rejects.toThrow(message);
  });
});
