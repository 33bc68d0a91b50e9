import * as tf from "@tensorflow/tfjs-core";

type Gradient = Omit<tf.GradConfig, "kernelName">;

/** Undoes broadcasting: sums a gradient over the dimensions that `shape` lacks or has at size 1. */
function sumTo(grad: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const extra = grad.rank - shape.length;
  const axes = grad.shape.flatMap((size, i) => (i < extra || (shape[i - extra] === 1 && size !== 1) ? [i] : []));
  return tf.reshape(axes.length > 0 ? tf.sum(grad, axes) : grad, shape as number[]);
}

const binary = (
  da: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  db: (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): Gradient => ({
  inputsToSave: ["a", "b"],
  gradFunc: (dy, [a, b]) => ({
    a: () => sumTo(da(dy as tf.Tensor, a as tf.Tensor, b as tf.Tensor), (a as tf.Tensor).shape),
    b: () => sumTo(db(dy as tf.Tensor, a as tf.Tensor, b as tf.Tensor), (b as tf.Tensor).shape),
  }),
});

const unary = (dx: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor): Gradient => ({
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({ x: () => dx(dy as tf.Tensor, x as tf.Tensor) }),
});

/** The gradient of a sum over `axis`, spread over the shape it came from. */
function spread(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis as number[], x.shape);
  const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
  return tf.mul(tf.reshape(dy, kept), tf.ones(x.shape));
}

const gradients: Readonly<Record<string, Gradient>> = {
  Identity: { gradFunc: (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }) },
  Cast: { gradFunc: (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }) },
  Reshape: unary((dy, x) => tf.reshape(dy, x.shape)),
  Add: binary(
    (dy) => dy,
    (dy) => dy,
  ),
  Sub: binary(
    (dy) => dy,
    (dy) => tf.neg(dy),
  ),
  Multiply: binary(
    (dy, _, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  RealDiv: binary(
    (dy, _, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, a), tf.square(b))),
  ),
  Neg: { gradFunc: (dy) => ({ x: () => tf.neg(dy as tf.Tensor) }) },
  Square: unary((dy, x) => tf.mul(tf.mul(dy, x), 2)),
  Softplus: unary((dy, x) => tf.mul(dy, tf.sigmoid(x))),
  Sum: {
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({ x: () => spread(dy as tf.Tensor, x as tf.Tensor, attrs["axis"]) }),
  },
  Mean: {
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const share = (dy as tf.Tensor).size / (x as tf.Tensor).size;
        return tf.mul(spread(dy as tf.Tensor, x as tf.Tensor, attrs["axis"]), share);
      },
    }),
  },
};

/**
 * Registers the gradients of a few plain tfjs operations, those that stand between the kernels of this package and a loss:
 * `clone`, `cast`, `reshape`, `add`, `sub`, `mul`, `div`, `neg`, `square`, `softplus`, `sum`, `mean`. Done at the first use of a
 * kernel; call it to differentiate before that. tfjs-core alone has no gradients; any that are registered already stay.
 */
export function registerPlainGradients(): void {
  for (const [kernelName, gradient] of Object.entries(gradients)) {
    if (tf.getGradient(kernelName) === undefined) tf.registerGradient({ kernelName, ...gradient });
  }
}
