// Which operation a kernel of many does to each element. Read by TypeScript and by AssemblyScript alike.

/** Two floats to one; from `Greater` on, to 1 or 0 as a bool of 4 bytes. */
export enum BinaryOp {
  Add,
  Sub,
  Multiply,
  RealDiv,
  Maximum,
  Minimum,
  SquaredDifference,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  Equal,
  NotEqual,
}

/** One float to one, with up to two further numbers p and q; the casts from or to an int32. */
export enum UnaryOp {
  Neg,
  Abs,
  Square,
  Sqrt,
  Rsqrt,
  Reciprocal,
  Exp,
  Log,
  Tanh,
  Erf,
  Sigmoid,
  Softplus,
  Relu,
  /** p for negative numbers and 0. */
  Step,
  /** p times the negative numbers. */
  LeakyRelu,
  /** Between p and q. */
  ClipByValue,
  ToFloat,
  ToInt,
}

/** Many floats to one. */
export enum Reduction {
  Sum,
  Max,
  Min,
}

/** What follows an affine map. */
export enum Activation {
  None,
  Gelu,
  Relu,
}
