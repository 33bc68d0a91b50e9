import { Op } from "../src/ops";
import { batchProduct, packColumnsChunk, packRowsChunk, product } from "./product";

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
    default:
      unreachable();
  }
}
