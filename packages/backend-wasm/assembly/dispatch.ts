import { Op } from "../src/ops";
import { slopeRows, sumGroups } from "./columns";
import { batchProduct, packColumnsChunk, packRowsChunk, product } from "./product";
import { lossEnd, lossRows, lossSlope } from "./vocab-loss";

/** One chunk of a kernel. */
export function run(op: i32, chunk: i32, args: usize, scratch: usize): void {
  switch (op) {
    case Op.PackColumns:
      return packColumnsChunk(chunk, args, scratch);
    case Op.PackRows:
      return packRowsChunk(chunk, args, scratch);
    case Op.Product:
      return product(chunk, args, scratch);
    case Op.BatchProduct:
      return batchProduct(chunk, args, scratch);
    case Op.SlopeRows:
      return slopeRows(chunk, args, scratch);
    case Op.SumGroups:
      return sumGroups(chunk, args, scratch);
    case Op.LossRows:
      return lossRows(chunk, args, scratch);
    case Op.LossEnd:
      return lossEnd(chunk, args, scratch);
    case Op.LossSlope:
      return lossSlope(chunk, args, scratch);
    default:
      unreachable();
  }
}
