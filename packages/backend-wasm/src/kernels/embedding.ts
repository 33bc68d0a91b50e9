import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { checkIndices } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

interface EmbeddingAttrs {
  padId: number;
  sizes: number[];
}

type Ids = Record<"ids" | "positions", TensorInfo> & { langs?: TensorInfo };
type Tables = Record<"tokenTable" | "positionTable", TensorInfo> & {
  langTable?: TensorInfo;
};

/** Rows that a chunk gathers. */
const ROWS = 64;
/** Parts into which a table is cut when gradients are scattered to it, and the least columns of a part. */
const PARTS = 32;
const COLUMNS = 32;

/** The address of indices into a table of `rows` rows. @throws DataError for one outside. */
function indicesBelow(native: Native, name: string, indices: TensorInfo, rows: number): number {
  const address = native.address(indices);
  checkIndices(name, native.memory.i32(address, native.size(indices)), rows);
  return address;
}

/** `XlmGatherRows`: nothing is handed on. */
export const gatherRows: NativeKernel = (native, inputs) => {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const dim = x.shape[x.shape.length - 1] ?? 0;
  const at = indicesBelow(native, "indices", indices, sizeOf(x.shape.slice(0, -1)));
  const m = native.size(indices);
  const out = native.make([m, dim]);
  const ints = [native.address(x), at, native.address(out), m, dim, ROWS];
  native.launch(Op.GatherRows, Math.ceil(m / ROWS), ints);
  return out;
};

/** `XlmEmbeddingSum`: nothing is handed on. */
export const embeddingSum: NativeKernel = (native, inputs) => {
  const { ids, positions, langs, tokenTable, positionTable, langTable } = inputs as Ids & Tables;
  const dim = tokenTable.shape[1] as number;
  const pairs: [string, TensorInfo, TensorInfo][] = [
    ["ids", ids, tokenTable],
    ["positions", positions, positionTable],
  ];
  if (langs && langTable) pairs.push(["langs", langs, langTable]);
  const places = pairs.flatMap(([name, indices, table]) => [
    indicesBelow(native, name, indices, table.shape[0] as number),
    native.address(table),
  ]);
  if (places.length < 6) places.push(0, 0);
  const out = native.make([...ids.shape, dim]);
  const rows = native.size(ids);
  native.launch(Op.EmbeddingSum, Math.ceil(rows / ROWS), [...places, native.address(out), rows, dim, ROWS]);
  return out;
};

/** A tensor of zeros to whose rows those of `dy` are added, `skip` naming an index that is passed over. */
export function scatter(
  native: Native,
  indices: TensorInfo,
  dy: TensorInfo,
  shape: number[],
  skip: number,
): TensorInfo {
  const dim = shape[shape.length - 1] ?? 0;
  const rows = sizeOf(shape.slice(0, -1));
  const out = native.make(shape);
  if (rows === 0 || dim === 0) return out;
  const per = Math.ceil(rows / PARTS);
  const down = Math.ceil(rows / per);
  const across = Math.min(Math.floor(PARTS / down), Math.ceil(dim / COLUMNS));
  const width = Math.ceil(dim / across / 8) * 8;
  const places = [native.address(indices), native.size(indices), native.address(dy), native.address(out)];
  native.launch(Op.ScatterRows, down * Math.ceil(dim / width), [...places, rows, dim, per, width, skip]);
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
  const dim = dy.shape[dy.shape.length - 1] ?? 0;
  return [ids, positions, ...(langs ? [langs] : [])].map((indices, i) =>
    scatter(native, indices, dy, [sizes[i] as number, dim], i === 0 ? padId : -1),
  );
};
