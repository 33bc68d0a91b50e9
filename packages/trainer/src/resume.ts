import * as tf from "@tensorflow/tfjs-core";
import { MismatchError, type TensorData } from "@xlm/core";
import type { Trainable } from "@xlm/transformer";

const SHOWN = 6; // differences quoted

/**
 * @throws MismatchError (`XLM_MISMATCH`) naming each setting that differs, such as `data.vocabulary`.
 */
export function checkSameSettings(saved: unknown, now: unknown): void {
  const found = [...differences(plain(saved), plain(now), "")];
  if (found.length === 0) return;
  const more = found.length > SHOWN ? `; and ${found.length - SHOWN} more` : "";
  throw new MismatchError({
    what: `the saved run and this one differ: ${found.slice(0, SHOWN).join("; ")}${more}`,
    why: "a resumed run must be the run it was, or its checkpoint stands for neither",
    fix: "resume with the settings, vocabulary and text of the saved run; to change them, start a new run from its weights",
  });
}

/** As it looks after a way through JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

function* differences(saved: unknown, now: unknown, path: string): Generator<string> {
  const isTable = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  if (isTable(saved) && isTable(now)) {
    const names = new Set([...Object.keys(saved), ...Object.keys(now)]);
    for (const name of names) yield* differences(saved[name], now[name], path === "" ? name : `${path}.${name}`);
  } else if (saved !== now) {
    yield `${path} was ${shown(saved)} and is ${shown(now)}`;
  }
}

const shown = (value: unknown): string => (value === undefined ? "absent" : JSON.stringify(value));

/** Puts saved weights into the variables of a model made alike. */
export function setWeights(model: Trainable, weights: Readonly<Record<string, TensorData>>): void {
  const entries = Object.entries(model.params).map(([name, variable]) => {
    const tensor = weights[name];
    if (tensor?.data instanceof Float32Array && tensor.data.length === variable.size)
      return { variable, data: tensor.data };
    throw new MismatchError({
      what: `the saved run has no ${JSON.stringify(name)} of ${variable.size} numbers`,
      why: "every parameter of the model goes on from what it was",
      fix: "resume with the model of the saved run",
    });
  });
  for (const { variable, data } of entries) {
    const values = tf.tensor(data.slice(), variable.shape, "float32");
    variable.assign(values);
    values.dispose();
  }
}
