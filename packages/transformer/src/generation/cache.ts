import * as tf from "@tensorflow/tfjs-core";
import { gatherRows } from "@xlm/kernels";

/** What one attention looks at, `[rows, seq, embDim]` each. Whoever holds them disposes them. */
export type KeysValues = {
  readonly keys: tf.Tensor3D;
  readonly values: tf.Tensor3D;
};

/** The keys and values of more places, behind those of the past, which is disposed. They outlive the tidy they are made in. */
export function append(past: KeysValues | undefined, { keys, values }: KeysValues): KeysValues {
  if (!past) return { keys: tf.keep(keys), values: tf.keep(values) };
  const whole = { keys: tf.concat([past.keys, keys], 1), values: tf.concat([past.values, values], 1) };
  tf.dispose([past.keys, past.values]);
  return { keys: tf.keep(whole.keys), values: tf.keep(whole.values) };
}

/** The keys and values of some rows, in a new order; a row may come more than once. The old ones are disposed. */
export function selectRows({ keys, values }: KeysValues, rows: Int32Array): KeysValues {
  const pick = (x: tf.Tensor3D): tf.Tensor3D => {
    const [n, seq, dim] = x.shape;
    const picked = gatherRows(tf.reshape(x, [n, seq * dim]), tf.tensor1d(rows, "int32"));
    return tf.reshape(picked, [rows.length, seq, dim]);
  };
  const picked = tf.tidy(() => ({ keys: pick(keys), values: pick(values) }));
  tf.dispose([keys, values]);
  return picked;
}
