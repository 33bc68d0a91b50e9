import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "@xlm/core";
import { checkDtype, checkRank, checkShape } from "./checks.js";
import { scatterRows, takeRows } from "./gather-rows.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { asRows } from "./products.js";

export interface EmbeddingSumOptions {
  /** The id whose row of the token table gets no gradient from here (torch's `padding_idx`). @default none */
  padId?: number;
}

interface EmbeddingInputs {
  tokenTable: tf.Tensor;
  positionTable: tf.Tensor;
  langTable?: tf.Tensor;
  ids: tf.Tensor;
  positions: tf.Tensor;
  langs?: tf.Tensor;
}

interface EmbeddingAttrs {
  padId: number;
  /** Rows of the token, position and language tables. */
  sizes: number[];
}

const kernel: KernelPair<EmbeddingInputs, EmbeddingAttrs> = {
  name: "XlmEmbeddingSum",
  saves: ["ids", "positions", "langs"],
  forward({ ids, positions, langs, tokenTable, positionTable, langTable }) {
    const two = tf.add(takeRows(tokenTable, ids), takeRows(positionTable, positions));
    const sum = langs && langTable ? tf.add(two, takeRows(langTable, langs)) : two;
    return [tf.reshape(sum, [...ids.shape, tokenTable.shape[1] as number])];
  },
  backward(dy, { ids, positions, langs }, _, { padId, sizes }) {
    const rows = asRows(dy);
    const dim = dy.shape.at(-1) as number;
    const real = tf.reshape(tf.cast(tf.notEqual(ids, padId), "float32"), [-1, 1]);
    return [
      [ids, padId < 0 ? rows : tf.mul(rows, real)] as const,
      [positions, rows] as const,
      ...(langs ? [[langs, rows] as const] : []),
    ].map(([indices, grads], i) => scatterRows(grads, indices, [sizes[i] as number, dim]));
  },
};

/**
 * The sum of token, position and language embeddings (kernel `XlmEmbeddingSum`; §3 and §4 of the paper). Indices outside
 * a table are not looked for.
 * @param ids `[batch, seq]` int32, as are `positions` and `langs` (null for a model without language embeddings).
 * @param tokenTable `[vocabSize, dim]`; `positionTable` `[maxLen, dim]`; `langTable` `[nLangs, dim]` or null.
 * @returns `[batch, seq, dim]`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function embeddingSum(
  ids: tf.Tensor,
  positions: tf.Tensor,
  langs: tf.Tensor | null,
  tokenTable: tf.Tensor,
  positionTable: tf.Tensor,
  langTable: tf.Tensor | null,
  options: EmbeddingSumOptions = {},
): tf.Tensor3D {
  checkDtype("int32", { ids, positions, langs });
  checkDtype("float32", { tokenTable, positionTable, langTable });
  checkRank("ids", ids, 2, "[batch, seq]");
  checkShape("positions", positions, ids.shape, `ids are [${ids.shape.join(", ")}]`);
  checkRank("tokenTable", tokenTable, 2, "[vocabSize, dim]");
  const dim = tokenTable.shape[1] as number;
  const why = `the token table has rows of ${dim}`;
  checkShape("positionTable", positionTable, [positionTable.shape[0], dim], why);
  if ((langs === null) !== (langTable === null)) {
    throw new ShapeError({
      what: langs ? "langs are given and langTable is null" : "langTable is given and langs are null",
      why: "language ids index the language table",
      fix: "give both or neither",
    });
  }
  if (langs) checkShape("langs", langs, ids.shape, `ids are [${ids.shape.join(", ")}]`);
  if (langTable) checkShape("langTable", langTable, [langTable.shape[0], dim], why);
  const tables = { tokenTable, positionTable, ...(langTable && { langTable }) };
  return runDifferentiable(
    kernel,
    tables,
    { ids, positions, ...(langs && { langs }) },
    { padId: options.padId ?? -1, sizes: Object.values(tables).map((table) => table.shape[0]) },
  ) as tf.Tensor3D;
}
