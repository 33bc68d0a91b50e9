/** The kernels of assembly/ by number: the launcher writes it, `run` in assembly/dispatch.ts reads it. */
export enum Op {
  PackColumns,
  PackRows,
  Product,
  BatchProduct,
  SlopeRows,
  SumGroups,
  LossRows,
  LossEnd,
  LossSlope,
}
