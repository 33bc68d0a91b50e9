import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { checkIndices } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import { planScatter } from "../scatter.js";
import type { NativeKernel } from "./registry.js";

const EMBEDDING = programOf("embedding");

interface EmbeddingAttrs {
  padId: number;
  sizes: number[];
}

type Ids = Record<"ids" | "positions", TensorInfo> & { langs?: TensorInfo };
type Tables = Record<"tokenTable" | "positionTable", TensorInfo> & { langTable?: TensorInfo };

const THREADS = 256;

/** Rows chosen along an axis: `[outer, rows, inner]` to `[outer, count, inner]`. */
export function gatherInto(
  native: Native,
  x: TensorInfo,
  indices: TensorInfo,
  out: TensorInfo,
  [outer, rows, inner]: readonly [number, number, number],
): void {
  const count = native.size(indices);
  const n = outer * count * inner;
  const places = [x, indices, out].map((of) => native.address(of));
  native.launch(EMBEDDING, "gather", native.blocks(n), [...places, n, rows, count, inner]);
}

/** `XlmGatherRows`: nothing is handed on. */
export const gatherRows: NativeKernel = (native, inputs) => {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const dim = x.shape.at(-1) ?? 0;
  const rows = sizeOf(x.shape.slice(0, -1));
  checkIndices("indices", native.ints(indices), rows);
  const out = native.make([native.size(indices), dim]);
  gatherInto(native, x, indices, out, [1, rows, dim]);
  return out;
};

/** `XlmEmbeddingSum`: nothing is handed on. */
export const embeddingSum: NativeKernel = (native, inputs) => {
  const { ids, positions, langs, tokenTable, positionTable, langTable } = inputs as Ids & Tables;
  const dim = tokenTable.shape[1] as number;
  checkIndices("ids", native.ints(ids), tokenTable.shape[0] as number);
  checkIndices("positions", native.ints(positions), positionTable.shape[0] as number);
  if (langs && langTable) checkIndices("langs", native.ints(langs), langTable.shape[0] as number);
  const out = native.make([...ids.shape, dim]);
  if (dim === 0) return out;
  const place = (x: TensorInfo | undefined): number => (x ? native.address(x) : 0);
  const places = [tokenTable, positionTable, langTable, ids, positions, langs, out].map(place);
  native.launch(EMBEDDING, "embedding_sum", [native.size(ids)], [...places, dim]);
  return out;
};

/**
 * A tensor of zeros to whose rows those of `dy` are added, always in the same order; indices that name no row, and `skip`, are
 * passed over.
 */
export function scatter(
  native: Native,
  indices: TensorInfo,
  dy: TensorInfo,
  shape: number[],
  skip: number,
): TensorInfo {
  const dim = shape.at(-1) ?? 0;
  const rows = sizeOf(shape.slice(0, -1));
  const out = native.make(shape);
  native.device.fill(native.address(out), rows * dim, 0);
  if (rows === 0 || dim === 0) return out;
  const plan = planScatter(native.ints(indices), rows, skip);
  const { order, segments, joins, partials } = plan;
  if (order.length === 0) return out;
  const [orderAt, segmentsAt] = [native.upload(order), native.upload(segments)];
  const [from, to, partial] = [native.address(dy), native.address(out), native.temp(partials * dim)];
  const across = Math.ceil(dim / THREADS);
  const places = [from, orderAt, segmentsAt, to, partial];
  native.launch(EMBEDDING, "segment_sums", [segments.length / 4, across], [...places, dim]);
  if (joins.length > 0) {
    native.launch(EMBEDDING, "segment_joins", [joins.length / 3, across], [partial, native.upload(joins), to, dim]);
  }
  return out;
}

/** `XlmGatherRowsGrad`. */
export const gatherRowsGrad: NativeKernel<{ shape: number[] }> = (native, inputs, { shape }) => {
  const { dy, indices } = inputs as { dy: TensorInfo; indices: TensorInfo };
  return scatter(native, indices, dy, shape, -1);
};

/** `XlmEmbeddingSumGrad`: a gradient of each table, the row of `padId` in that of the tokens left 0. */
export const embeddingSumGrad: NativeKernel<EmbeddingAttrs> = (native, inputs, { padId, sizes }) => {
  const { dy, ids, positions, langs } = inputs as Ids & { dy: TensorInfo };
  const dim = dy.shape.at(-1) ?? 0;
  return [ids, positions, ...(langs ? [langs] : [])].map((indices, i) =>
    scatter(native, indices, dy, [sizes[i] as number, dim], i === 0 ? padId : -1),
  );
};
