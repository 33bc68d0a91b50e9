import * as tf from "@tensorflow/tfjs-core";
import { attention, embeddingSum, layerNorm, linear } from "@xlm/kernels";
import { hasLangEmbeddings } from "../config.js";
import type { EncodedSource } from "../encode.js";
import { matrix, vector, type Transformer } from "../model.js";
import { append, selectRows, type KeysValues } from "./cache.js";

/**
 * A model that reads its rows word by word and remembers them: it computes a token's states once, whatever follows. Rows that read
 * the same source lie side by side, equally many for each.
 */
export interface Stepper {
  /**
   * Reads the next tokens, as many for every row.
   * @param ids `[rows, n]`, as are `langs`, which a model without language embeddings does not read.
   * @returns `[rows, embDim]`: the states of the last layer at the last of them, the caller's to dispose. What `decode` gives there.
   */
  step(ids: Int32Array, langs?: Int32Array): tf.Tensor2D;
  /**
   * From now on row i continues what was row `rows[i]`.
   * @param width how many rows side by side read the same source; those chosen for one must have read it before. @default 1
   */
  select(rows: Int32Array, width?: number): void;
  /** Frees the memory. */
  dispose(): void;
}

/**
 * @param rows how many there are; with a source, as many as it has.
 * @param source what a decoder attends to, not needed any more when this returns. Without, the model is a causal language model.
 */
export function createStepper(model: Transformer, rows: number, source?: EncodedSource): Stepper {
  const { config } = model;
  const layers = Array.from({ length: config.nLayers }, (_, i) => i);
  const project = (x: tf.Tensor, name: string, activation: "none" | "gelu" | "relu" = "none"): tf.Tensor3D =>
    linear(x, matrix(model, `${name}.weight`), vector(model, `${name}.bias`), { activation }) as tf.Tensor3D;
  const norm = (x: tf.Tensor, name: string, residual?: tf.Tensor): tf.Tensor =>
    layerNorm(x, vector(model, `${name}.weight`), vector(model, `${name}.bias`), residual ? { residual } : {});
  const keysValues = (x: tf.Tensor, name: string): KeysValues => ({
    keys: project(x, `${name}.k_lin`),
    values: project(x, `${name}.v_lin`),
  });

  let read = 0; // tokens of each row
  const own: KeysValues[] = []; // of each layer, [rows, read, embDim]
  let lengths = source?.lengths;
  // Of each layer, [sentences, source seq, embDim]: not repeated for the rows that share a source.
  const sources = source && tf.tidy(() => layers.map((i) => keysValues(source.states, `encoder_attn.${i}`)));

  const embed = (ids: Int32Array, langs: Int32Array | undefined, n: number): tf.Tensor => {
    const shape: [number, number] = [rows, n];
    const withLangs = langs !== undefined && hasLangEmbeddings(config);
    const sum = embeddingSum(
      tf.tensor2d(ids, shape, "int32"),
      tf.tensor2d(
        ids.map((_, at) => read + (at % n)),
        shape,
        "int32",
      ),
      withLangs ? tf.tensor2d(langs, shape, "int32") : null,
      matrix(model, "embeddings.weight"),
      matrix(model, "position_embeddings.weight"),
      withLangs ? matrix(model, "lang_embeddings.weight") : null,
    );
    return norm(sum, "layer_norm_emb");
  };

  return {
    step: (ids, langs) =>
      tf.tidy(() => {
        const n = ids.length / rows;
        const { nHeads, embDim } = config;
        const ownLengths = tf.fill([rows], read + n, "int32");
        const sourceLengths = lengths && tf.tensor1d(lengths, "int32");
        let x = embed(ids, langs, n);
        for (const i of layers) {
          const past = append(own[i], keysValues(x, `attentions.${i}`));
          own[i] = past;
          const queries = project(x, `attentions.${i}.q_lin`);
          const context = attention(queries, past.keys, past.values, { nHeads, lengths: ownLengths, causal: true });
          x = norm(project(context, `attentions.${i}.out_lin`), `layer_norm1.${i}`, x);
          if (sources && sourceLengths) {
            const { keys, values } = sources[i] as KeysValues;
            const looking = tf.reshape(project(x, `encoder_attn.${i}.q_lin`), [sourceLengths.size, -1, embDim]);
            const found = attention(looking, keys, values, { nHeads, lengths: sourceLengths });
            const given = project(tf.reshape(found, [rows, n, embDim]), `encoder_attn.${i}.out_lin`);
            x = norm(given, `layer_norm15.${i}`, x);
          }
          const inner = project(x, `ffns.${i}.lin1`, config.activation);
          x = norm(project(inner, `ffns.${i}.lin2`), `layer_norm2.${i}`, x);
        }
        read += n;
        return tf.reshape(tf.slice(x, [0, n - 1, 0], [rows, 1, embDim]), [rows, embDim]);
      }),

    select: (chosen, width = 1) => {
      if (sources && lengths) {
        const before = rows / lengths.length;
        const sentences = Int32Array.from({ length: chosen.length / width }, (_, i) =>
          Math.floor((chosen[i * width] as number) / before),
        );
        if (!isIdentity(sentences, lengths.length)) {
          for (const i of layers) sources[i] = selectRows(sources[i] as KeysValues, sentences);
          const old = lengths;
          lengths = sentences.map((sentence) => old[sentence] as number);
        }
      }
      if (!isIdentity(chosen, rows)) own.forEach((layer, i) => (own[i] = selectRows(layer, chosen)));
      rows = chosen.length;
    },

    dispose: () => [...own, ...(sources ?? [])].forEach(({ keys, values }) => tf.dispose([keys, values])),
  };
}

/** Whether the choice is everything in its old order. */
const isIdentity = (chosen: Int32Array, before: number): boolean =>
  chosen.length === before && chosen.every((row, i) => row === i);
