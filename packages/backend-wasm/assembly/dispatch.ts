import { Op } from "../src/ops";
import { adam, squares } from "./adam";
import { attention } from "./attention";
import { attentionFew } from "./attention-few";
import { attentionGrad } from "./attention-grad";
import { binary, select } from "./binary";
import { slopeRows, sumGroups } from "./columns";
import { copyRows, fill } from "./copy";
import { dropout, dropoutGrad } from "./dropout";
import { embeddingSum, gatherRows, scatterRows } from "./embedding";
import { layerNorm, layerNormGrad } from "./layer-norm";
import { batchProduct, packRowsChunk, product } from "./product";
import { reduceColumns, reduceRows } from "./reduce";
import { softmax } from "./softmax";
import { topLogProbs } from "./top-log-probs";
import { transpose } from "./transpose";
import { unary } from "./unary";
import { lossEnd, lossRows, lossSlope } from "./vocab-loss";

/** One chunk of a kernel. */
export function run(op: i32, chunk: i32, args: usize, scratch: usize): void {
  switch (op) {
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
    case Op.LayerNorm:
      return layerNorm(chunk, args, scratch);
    case Op.LayerNormGrad:
      return layerNormGrad(chunk, args, scratch);
    case Op.Dropout:
      return dropout(chunk, args, scratch);
    case Op.DropoutGrad:
      return dropoutGrad(chunk, args, scratch);
    case Op.GatherRows:
      return gatherRows(chunk, args, scratch);
    case Op.EmbeddingSum:
      return embeddingSum(chunk, args, scratch);
    case Op.ScatterRows:
      return scatterRows(chunk, args, scratch);
    case Op.Adam:
      return adam(chunk, args, scratch);
    case Op.Squares:
      return squares(chunk, args, scratch);
    case Op.Attention:
      return attention(chunk, args, scratch);
    case Op.AttentionGrad:
      return attentionGrad(chunk, args, scratch);
    case Op.Binary:
      return binary(chunk, args, scratch);
    case Op.Select:
      return select(chunk, args, scratch);
    case Op.Unary:
      return unary(chunk, args, scratch);
    case Op.ReduceRows:
      return reduceRows(chunk, args, scratch);
    case Op.ReduceColumns:
      return reduceColumns(chunk, args, scratch);
    case Op.Softmax:
      return softmax(chunk, args, scratch);
    case Op.CopyRows:
      return copyRows(chunk, args, scratch);
    case Op.Fill:
      return fill(chunk, args, scratch);
    case Op.Transpose:
      return transpose(chunk, args, scratch);
    case Op.TopLogProbs:
      return topLogProbs(chunk, args, scratch);
    case Op.AttentionFew:
      return attentionFew(chunk, args, scratch);
    default:
      unreachable();
  }
}
