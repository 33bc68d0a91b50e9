import { CudaError } from "./errors.js";
import { bind } from "./ffi.js";

const SIGNATURES = {
  cublasLtCreate: "int: ptr",
  cublasLtDestroy: "int: u64",
  cublasLtGetVersion: "size:",
  cublasLtMatmulDescCreate: "int: ptr int int",
  cublasLtMatmulDescDestroy: "int: u64",
  cublasLtMatmulDescSetAttribute: "int: u64 int ptr size",
  cublasLtMatrixLayoutCreate: "int: ptr int u64 u64 u64",
  cublasLtMatrixLayoutDestroy: "int: u64",
  cublasLtMatrixLayoutSetAttribute: "int: u64 int ptr size",
  cublasLtMatmulPreferenceCreate: "int: ptr",
  cublasLtMatmulPreferenceDestroy: "int: u64",
  cublasLtMatmulPreferenceSetAttribute: "int: u64 int ptr size",
  cublasLtMatmulAlgoGetHeuristic: "int: u64 u64 u64 u64 u64 u64 u64 int ptr ptr",
  cublasLtMatmul: "int: u64 u64 ptr u64 u64 u64 u64 ptr u64 u64 u64 u64 ptr u64 size u64",
} as const;

const NAMES: Readonly<Record<number, string>> = {
  1: "CUBLAS_STATUS_NOT_INITIALIZED",
  3: "CUBLAS_STATUS_ALLOC_FAILED",
  7: "CUBLAS_STATUS_INVALID_VALUE",
  8: "CUBLAS_STATUS_ARCH_MISMATCH",
  13: "CUBLAS_STATUS_EXECUTION_FAILED",
  14: "CUBLAS_STATUS_INTERNAL_ERROR",
  15: "CUBLAS_STATUS_NOT_SUPPORTED",
};

// Numbers of cublasLt.h and library_types.h.
const FLOAT32 = 0;
const BFLOAT16 = 14;
const COMPUTE = { fp32: 68, tf32: 77, bf16: 68 } as const;
const TRANSPOSE_A = 3;
const TRANSPOSE_B = 4;
const EPILOGUE = 7;
const BIAS_POINTER = 8;
const EPILOGUE_BIAS = 4;
const BATCH_COUNT = 5;
const BATCH_OFFSET = 6;
const WORKSPACE_BYTES = 1;
const ALIGNMENT_A = 5;
/** `cublasLtMatmulHeuristicResult_t`: an algorithm of 64 bytes, then what it needs. */
const RESULT_BYTES = 96;
const WORKSPACE_AT = 64;
const STATE_AT = 72;

/** Most bytes that an algorithm may use beside its operands. */
export const WORKSPACE = 1 << 25;

/** How products are made: float32, TF32 on tensor cores, or bf16 operands; sums are float32 in each. */
export type Precision = "fp32" | "tf32" | "bf16";

/** One operand in device memory, rows of `ld` elements. */
export interface Operand {
  at: number;
  ld: number;
  /** Whether it lies with rows and columns exchanged. */
  transposed: boolean;
  /** Elements from one matrix of a batch to the next. */
  step: number;
}

/** `C = A B + beta C + bias`, row-major, `[m, n] = [m, k] [k, n]`. */
export interface Product {
  m: number;
  n: number;
  k: number;
  batch: number;
  a: Operand;
  b: Operand;
  /** `half` stores it as bf16, and takes the bias as that; of operands in bf16 only. */
  c: { at: number; ld: number; step: number; half: boolean };
  /** A row that is added to each, or 0. */
  bias: number;
  beta: 0 | 1;
}

interface Plan {
  description: bigint;
  /** Of A, B and C, as cuBLASLt counts them. */
  layouts: readonly [bigint, bigint, bigint];
  algorithm: Uint8Array;
}

/** Bytes that an address is a multiple of, as far as it matters. */
const alignment = (at: number): number => {
  for (let bytes = 256; bytes > 2; bytes /= 2) if (at % bytes === 0) return bytes;
  return 2;
};

/** Matrix products of cuBLASLt, their plans kept by shape. */
export class Products {
  private readonly lt: ReturnType<typeof bind<typeof SIGNATURES>>;
  private readonly handle: bigint;
  private readonly plans = new Map<string, Plan | null>();
  private readonly one = Float32Array.of(1);
  private readonly betas = [Float32Array.of(0), Float32Array.of(1)] as const;
  private readonly bias = new BigUint64Array(1);
  /** Major, minor and patch in one number, as in 120805. */
  readonly version: number;

  /** @throws Error when the file or a function is not there, CudaError when the library does not start. */
  constructor(file: string) {
    this.lt = bind(file, SIGNATURES);
    this.version = Number(this.lt.cublasLtGetVersion());
    this.handle = this.created("cublasLtCreate", (out) => this.lt.cublasLtCreate(out));
  }

  /**
   * Queues a product. @returns false for one that cuBLASLt does not take (an odd shape in bf16, for instance).
   * @throws CudaError (`XLM_CUDA`) when the call fails.
   */
  multiply(product: Product, precision: Precision, workspace: number, stream: number): boolean {
    const plan = this.planFor(product, precision);
    if (!plan) return false;
    const { a, b, c, bias, beta } = product;
    if (bias !== 0) {
      this.bias[0] = BigInt(bias);
      this.set("cublasLtMatmulDescSetAttribute", plan.description, BIAS_POINTER, this.bias);
    }
    // Column-major reads a row-major matrix as its transpose, and C^T = B^T A^T.
    const [left, right, out] = plan.layouts;
    const { lt, handle, one } = this;
    const scale = this.betas[beta];
    const { description, algorithm } = plan;
    const status = lt.cublasLtMatmul(
      ...([handle, description, one, b.at, left, a.at, right, scale, c.at, out, c.at, out] as const),
      ...([algorithm, workspace, WORKSPACE, stream] as const),
    ) as number;
    this.check("cublasLtMatmul", status, `of ${product.m} x ${product.k} x ${product.n}`);
    return true;
  }

  dispose(): void {
    for (const plan of this.plans.values()) {
      if (!plan) continue;
      this.lt.cublasLtMatmulDescDestroy(plan.description);
      for (const layout of plan.layouts) this.lt.cublasLtMatrixLayoutDestroy(layout);
    }
    this.lt.cublasLtDestroy(this.handle);
  }

  private planFor(product: Product, precision: Precision): Plan | null {
    const { m, n, k, batch, a, b, c, bias, beta } = product;
    const places = [a, b, c].map(({ at }) => alignment(at));
    const key = [
      ...[m, n, k, batch, beta, bias && alignment(bias), precision, a.ld, a.transposed, a.step],
      ...[b.ld, b.transposed, b.step, c.ld, c.step, c.half, ...places],
    ].join();
    let plan = this.plans.get(key);
    if (plan === undefined) {
      plan = this.makePlan(product, precision, places);
      this.plans.set(key, plan);
    }
    return plan;
  }

  private makePlan(product: Product, precision: Precision, places: readonly number[]): Plan | null {
    const { lt } = this;
    const { m, n, k, batch, a, b, c, bias } = product;
    const type = precision === "bf16" ? BFLOAT16 : FLOAT32;
    const description = this.created("cublasLtMatmulDescCreate", (out) =>
      lt.cublasLtMatmulDescCreate(out, COMPUTE[precision], FLOAT32),
    );
    const describe = (attribute: number, value: number): void =>
      this.set("cublasLtMatmulDescSetAttribute", description, attribute, Int32Array.of(value));
    describe(TRANSPOSE_A, b.transposed ? 1 : 0);
    describe(TRANSPOSE_B, a.transposed ? 1 : 0);
    if (bias !== 0) {
      describe(EPILOGUE, EPILOGUE_BIAS);
      this.set("cublasLtMatmulDescSetAttribute", description, BIAS_POINTER, BigUint64Array.of(BigInt(bias)));
    }
    const layout = (of: number, rows: number, columns: number, { ld, step }: { ld: number; step: number }): bigint => {
      const made = this.created("cublasLtMatrixLayoutCreate", (out) =>
        lt.cublasLtMatrixLayoutCreate(out, of, rows, columns, ld),
      );
      if (batch > 1) {
        this.set("cublasLtMatrixLayoutSetAttribute", made, BATCH_COUNT, Int32Array.of(batch));
        this.set("cublasLtMatrixLayoutSetAttribute", made, BATCH_OFFSET, BigInt64Array.of(BigInt(step)));
      }
      return made;
    };
    const layouts = [
      b.transposed ? layout(type, k, n, b) : layout(type, n, k, b),
      a.transposed ? layout(type, m, k, a) : layout(type, k, m, a),
      layout(c.half ? BFLOAT16 : FLOAT32, n, m, c),
    ] as const;
    const algorithm = this.choose(description, layouts, places);
    return algorithm ? { description, layouts, algorithm } : null;
  }

  private choose(description: bigint, layouts: Plan["layouts"], places: readonly number[]): Uint8Array | null {
    const { lt } = this;
    const preference = this.created("cublasLtMatmulPreferenceCreate", (out) => lt.cublasLtMatmulPreferenceCreate(out));
    try {
      const prefer = (attribute: number, value: ArrayBufferView): void =>
        this.set("cublasLtMatmulPreferenceSetAttribute", preference, attribute, value);
      prefer(WORKSPACE_BYTES, BigUint64Array.of(BigInt(WORKSPACE)));
      const [a, b, c] = places as [number, number, number];
      [b, a, c, c].forEach((bytes, i) => prefer(ALIGNMENT_A + i, Uint32Array.of(bytes)));
      const result = new Uint8Array(RESULT_BYTES);
      const count = new Int32Array(1);
      const [left, right, out] = layouts;
      const status = lt.cublasLtMatmulAlgoGetHeuristic(
        ...([this.handle, description, left, right, out, out, preference, 1, result, count] as const),
      ) as number;
      const view = new DataView(result.buffer);
      const usable = status === 0 && count[0] === 1 && view.getInt32(STATE_AT, true) === 0;
      return usable && Number(view.getBigUint64(WORKSPACE_AT, true)) <= WORKSPACE
        ? result.slice(0, WORKSPACE_AT)
        : null;
    } finally {
      lt.cublasLtMatmulPreferenceDestroy(preference);
    }
  }

  private created(call: string, make: (out: BigUint64Array) => unknown): bigint {
    const out = new BigUint64Array(1);
    this.check(call, make(out) as number);
    return out[0] as bigint;
  }

  private set(call: keyof typeof SIGNATURES, object: bigint, attribute: number, value: ArrayBufferView): void {
    this.check(call, this.lt[call](object, attribute, value, value.byteLength) as number);
  }

  private check(call: string, status: number, detail = ""): void {
    if (status === 0) return;
    const name = NAMES[status] ?? `cuBLASLt status ${status}`;
    throw new CudaError(
      {
        what: `${call}${detail && ` ${detail}`} failed with ${name}`,
        why: "matrix products run in NVIDIA's library",
        fix: "check that libcublasLt and the driver are of releases that go together, and that memory is left on the card",
      },
      status,
      name,
    );
  }
}
