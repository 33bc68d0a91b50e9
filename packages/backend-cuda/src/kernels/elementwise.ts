import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { areFloats, hasWords, stridesOf } from "@xlm/kernels/backend";
import { collapse, padded, type Axes } from "../axes.js";
import type { Native } from "../native.js";
import { createProgram } from "../program.js";
import type { NativeKernel } from "./registry.js";

// Every kernel of one or two elements is made from a template and an expression in CUDA C: a and b are the operands, p and q
// two numbers.

const UNARY = {
  Neg: "-a",
  Abs: "fabsf(a)",
  Square: "a * a",
  Sqrt: "sqrtf(a)",
  Rsqrt: "1.0f / sqrtf(a)",
  Reciprocal: "1.0f / a",
  Exp: "expf(a)",
  Log: "logf(a)",
  Tanh: "tanhf(a)",
  Erf: "erff(a)", // Differs: right to a few ulp, where tfjs's cpu kernel is to 1.5e-7
  Sigmoid: "1.0f / (1.0f + expf(-a))",
  Softplus: "greater(a, 0.0f) + log1pf(expf(-fabsf(a)))",
  Relu: "greater(a, 0.0f)",
  Step: "a != a ? a : a > 0.0f ? 1.0f : p",
  LeakyRelu: "a < 0.0f ? p * a : a",
  ClipByValue: "a > q ? q : a < p ? p : a",
} as const;

const BINARY = {
  Add: "a + b",
  Sub: "a - b",
  Multiply: "a * b",
  RealDiv: "a / b",
  Maximum: "greater(a, b)",
  Minimum: "lesser(a, b)",
  SquaredDifference: "(a - b) * (a - b)",
} as const;

/** To bools, which take a byte each. */
const COMPARE = {
  Greater: "a > b",
  GreaterEqual: "a >= b",
  Less: "a < b",
  LessEqual: "a <= b",
  Equal: "a == b",
  NotEqual: "a != b",
} as const;

type UnaryName = keyof typeof UNARY;
type BinaryName = keyof typeof BINARY | keyof typeof COMPARE;

const unaryText = ([name, expression]: [string, string]): string => `
KERNEL(256, ${name}, const float* x, float* to, int n, float p, float q) {
  for (int i = place(); i < n; i += places()) {
    const float a = x[i];
    to[i] = ${expression};
  }
}`;

const binaryText = (type: string, [name, expression]: [string, string]): string => `
KERNEL(256, ${name}, const float* x, const float* y, ${type}* to, int n, int x_step, int y_step) {
  for (int i = place(); i < n; i += places()) {
    const float a = x[i * x_step], b = y[i * y_step];
    to[i] = ${expression};
  }
}
KERNEL(256, ${name}Strided, const float* x, const float* y, ${type}* to, int n, int d1, int d2, int d3, int x0, int x1, int x2, int x3, int y0, int y1, int y2, int y3) {
  for (int i = place(); i < n; i += places()) {
    const int i3 = i % d3, i2 = i / d3 % d2, i1 = i / d3 / d2 % d1, i0 = i / d3 / d2 / d1;
    const float a = x[i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3], b = y[i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3];
    to[i] = ${expression};
  }
}`;

const OTHERS = `
KERNEL(256, Select, const unsigned char* condition, const unsigned* x, const unsigned* y, unsigned* to, int n) {
  for (int i = place(); i < n; i += places()) to[i] = condition[i] ? x[i] : y[i];
}
KERNEL(256, AddStored, const void* x, int x_half, const void* y, int y_half, float* to, int n) {
  for (int i = place(); i < n; i += places()) to[i] = get(x, x_half, i) + get(y, y_half, i);
}
KERNEL(256, IntToFloat, const int* x, float* to, int n) {
  for (int i = place(); i < n; i += places()) to[i] = (float)x[i];
}
KERNEL(256, BoolToFloat, const unsigned char* x, float* to, int n) {
  for (int i = place(); i < n; i += places()) to[i] = (float)x[i];
}
KERNEL(256, FloatToInt, const float* x, int* to, int n) {
  for (int i = place(); i < n; i += places()) to[i] = x[i] == x[i] ? (int)x[i] : 0;
}`;

export const ELEMENTWISE = createProgram(
  "elementwise",
  [
    ...Object.entries(UNARY).map(unaryText),
    ...Object.entries(BINARY).map((entry) => binaryText("float", entry)),
    ...Object.entries(COMPARE).map((entry) => binaryText("unsigned char", entry)),
    OTHERS,
  ].join("\n"),
);

/** Axes that a broadcast is gone through by, at most. */
const AXES = 4;

/** `to = op(x)` for n elements; x may be `to`. */
export function launchUnary(native: Native, op: UnaryName, x: number, to: number, n: number, p = 0, q = 0): void {
  native.launch(ELEMENTWISE, op, native.blocks(n), [x, to, n, p, q]);
}

type Attributes = Record<string, number>;

const unary =
  (op: UnaryName, numbers: (attrs: Attributes) => [number, number] = () => [0, 0]): NativeKernel<Attributes> =>
  (native, inputs, attrs) => {
    const { x } = inputs as { x: TensorInfo };
    if (!areFloats(x) || native.size(x) === 0) return null;
    const out = native.make(x.shape);
    launchUnary(native, op, native.address(x), native.address(out), native.size(x), ...numbers(attrs));
    return out;
  };

/** The shape of two that broadcast, and how both are gone through; null for shapes that do not go together, or by too many axes. */
function broadcast(a: readonly number[], b: readonly number[]): { shape: number[]; axes: Axes } | null {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((of) => [...new Array<number>(rank - of.length).fill(1), ...of]) as [
    number[],
    number[],
  ];
  const shape = left.map((d, i) => (d === 1 ? (right[i] as number) : d));
  if (right.some((d, i) => d !== 1 && d !== shape[i])) return null;
  const strides = [left, right].map((of) => stridesOf(of).map((stride, i) => (of[i] === 1 ? 0 : stride)));
  const axes = collapse(shape, strides);
  return axes.sizes.length > AXES ? null : { shape, axes };
}

/** `to = x op y`, gone through by at most `AXES` axes. `to` lies dense, and may be an operand that is not repeated. */
function launchBinary(native: Native, op: BinaryName, axes: Axes, [x, y, to]: readonly [number, number, number]): void {
  const n = sizeOf(axes.sizes);
  const [left, right] = axes.strides as [number[], number[]];
  if (axes.sizes.length <= 1) {
    native.launch(ELEMENTWISE, op, native.blocks(n), [x, y, to, n, left[0] ?? 0, right[0] ?? 0]);
    return;
  }
  const { sizes, strides } = padded(axes, AXES) as Axes;
  native.launch(ELEMENTWISE, `${op}Strided`, native.blocks(n), [x, y, to, n, ...sizes.slice(1), ...strides.flat()]);
}

const binary =
  (op: BinaryName): NativeKernel =>
  (native, inputs) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const joined = areFloats(a, b) ? broadcast(a.shape, b.shape) : null;
    if (!joined || sizeOf(joined.shape) === 0) return null;
    const out = native.make(joined.shape, op in COMPARE ? "bool" : "float32");
    launchBinary(native, op, joined.axes, [native.address(a), native.address(b), native.address(out)]);
    return out;
  };

const addFloats = binary("Add");

/** `Add`; gradients that are stored as bf16 are added as they lie. */
const add: NativeKernel = (native, inputs, attrs) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const alike = a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i]);
  const n = native.size(a);
  if (native.precision !== "bf16" || !areFloats(a, b) || !alike || n === 0) return addFloats(native, inputs, attrs);
  const out = native.make(a.shape);
  const places = [...native.stored(a), ...native.stored(b), native.address(out), n];
  native.launch(ELEMENTWISE, "AddStored", native.blocks(n), places);
  return out;
};

/** Adds a row of `n` numbers to each row of `to`, `[rows, n]`. */
export function addRow(native: Native, to: number, row: number, rows: number, n: number): void {
  const strides = [
    [n, 1],
    [0, 1],
  ];
  launchBinary(native, "Add", collapse([rows, n], strides), [to, row, to]);
}

/** `AddN`: the sum of tensors of one shape. */
const addN: NativeKernel = (native, inputs) => {
  const [first, second, ...others] = inputs as unknown as TensorInfo[];
  if (!first || !second || !areFloats(first, second, ...others) || native.size(first) === 0) return null;
  const out = native.make(first.shape);
  const to = native.address(out);
  const axes = { sizes: [native.size(first)], strides: [[1], [1]] };
  launchBinary(native, "Add", axes, [native.address(first), native.address(second), to]);
  for (const x of others) launchBinary(native, "Add", axes, [to, native.address(x), to]);
  return out;
};

/** `Select` of a condition, two tensors of 4-byte elements, all of one shape. */
const select: NativeKernel = (native, inputs) => {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  if (condition.dtype !== "bool" || t.dtype !== e.dtype || !hasWords(t)) return null;
  const n = native.size(t);
  const alike = (x: TensorInfo): boolean =>
    x.shape.length === t.shape.length && x.shape.every((d, i) => d === t.shape[i]);
  if (n === 0 || !alike(condition) || !alike(e)) return null;
  const out = native.make(t.shape, t.dtype);
  native.launch(ELEMENTWISE, "Select", native.blocks(n), [...[condition, t, e, out].map((x) => native.address(x)), n]);
  return out;
};

const CASTS: Readonly<Record<string, string>> = {
  "int32 float32": "IntToFloat",
  "bool float32": "BoolToFloat",
  "float32 int32": "FloatToInt",
};

/** `Cast` where elements change: to float32 from int32 or bool, to int32 from float32. */
const cast: NativeKernel<{ dtype: DataType }> = (native, inputs, { dtype }) => {
  const { x } = inputs as { x: TensorInfo };
  const kernel = CASTS[`${x.dtype} ${dtype}`];
  const n = native.size(x);
  if (!kernel || n === 0) return null;
  const out = native.make(x.shape, dtype);
  native.launch(ELEMENTWISE, kernel, native.blocks(n), [native.address(x), native.address(out), n]);
  return out;
};

/** Those without numbers of their own. */
const PLAIN = [
  ...(["Neg", "Abs", "Square", "Sqrt", "Rsqrt", "Reciprocal", "Exp", "Log", "Tanh", "Erf"] as const),
  ...(["Sigmoid", "Softplus", "Relu"] as const),
];
const PAIRS = [...Object.keys(BINARY), ...Object.keys(COMPARE)] as BinaryName[];

/** Kernels of one element or two, under tfjs's names. */
export const elementwiseKernels: Record<string, NativeKernel<never>> = {
  ...Object.fromEntries(PLAIN.map((name) => [name, unary(name)])),
  ...Object.fromEntries(PAIRS.map((name) => [name, binary(name)])),
  Add: add,
  Relu6: unary("ClipByValue", () => [0, 6]),
  Step: unary("Step", ({ alpha = 0 }) => [alpha, 0]),
  LeakyRelu: unary("LeakyRelu", ({ alpha = 0 }) => [alpha, 0]),
  ClipByValue: unary("ClipByValue", ({ clipValueMin = 0, clipValueMax = 0 }) => [clipValueMin, clipValueMax]),
  AddN: addN,
  Select: select,
  Cast: cast,
};
