import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../test/compile.js";
import { erf, erfc, gelu, geluSlope, sigmoid, ulp } from "../test/exact.js";

type Name = "exp" | "log" | "tanh" | "erf" | "sigmoid" | "gelu" | "geluSlope";
type Probe = Record<Name, (n: number, src: number, dst: number) => void> & { memory: WebAssembly.Memory };

const BLOCK = 1 << 15;
const SRC = 65536;
const DST = SRC + 4 * BLOCK;
const MIN_NORMAL = 2 ** -126;

let probe: Probe;
let bits: Uint32Array;
let input: Float32Array;
let output: Float32Array;

beforeAll(async () => {
  probe = await compile<Probe>("probe.ts", 8);
  bits = new Uint32Array(probe.memory.buffer, SRC, BLOCK);
  input = new Float32Array(probe.memory.buffer, SRC, BLOCK);
  output = new Float32Array(probe.memory.buffer, DST, BLOCK);
});

/** The function over a few numbers. */
function of(name: Name, ...x: number[]): number[] {
  input.fill(1, 0, 8 * Math.ceil(x.length / 8));
  input.set(x);
  probe[name](8 * Math.ceil(x.length / 8), SRC, DST);
  return [...output.subarray(0, x.length)];
}

/** Visits a million finite floats, evenly spaced in their bit patterns, with the function's value there. */
function sweep(name: Name, visit: (x: number, y: number) => void): number {
  const stride = 4093;
  let visited = 0;
  for (let pattern = 0; pattern < 2 ** 32; pattern += stride * BLOCK) {
    for (let i = 0; i < BLOCK; i++) bits[i] = Math.min(pattern + stride * i, 2 ** 32 - 1);
    probe[name](BLOCK, SRC, DST);
    for (let i = 0; i < BLOCK; i++) {
      const x = input[i]!;
      if (!Number.isFinite(x)) continue;
      visit(x, output[i]!);
      visited++;
    }
  }
  return visited;
}

interface Worst {
  ulps: number;
  absolute: number;
}

/** The largest errors over the sweep, where `within` holds. */
function worst(name: Name, exact: (x: number) => number, within: (x: number, exact: number) => boolean): Worst {
  const found = { ulps: 0, absolute: 0 };
  const visited = sweep(name, (x, y) => {
    const want = exact(x);
    if (!within(x, want)) return;
    if (Object.is(Math.fround(want), y) || (Number.isNaN(want) && Number.isNaN(y))) return;
    const error = Math.abs(y - want); // NaN or Infinity where only one of the two is finite
    if (!(error / ulp(want) <= found.ulps)) found.ulps = error / ulp(want);
    if (!(error <= found.absolute)) found.absolute = error;
  });
  expect(visited).toBeGreaterThan(1_000_000);
  return found;
}

const always = (): boolean => true;
const normal = (_x: number, exact: number): boolean => Math.abs(exact) >= MIN_NORMAL;
const denormal = (_x: number, exact: number): boolean => Math.abs(exact) < MIN_NORMAL;

describe("the references", () => {
  it("agree with published digits", () => {
    // mpmath.erf, mpmath.erfc at 30 digits
    for (const [x, y] of [
      [0.1, 0.112462916018284898],
      [0.5, 0.520499877813046538],
      [1, 0.842700792949714869],
      [2, 0.995322265018952734],
      [-3, -0.9999779095030014],
    ] as const) {
      expect(Math.abs(erf(x) / y - 1)).toBeLessThan(4e-15);
    }
    for (const [x, y] of [
      [2.5, 0.00040695201744495894],
      [3, 0.0000220904969985854414],
      [5, 1.53745979442803485e-12],
      [10, 2.08848758376254476e-45],
    ] as const) {
      expect(Math.abs(erfc(x) / y - 1)).toBeLessThan(4e-15);
    }
    expect([1, 1.5, 2, 2 ** -126, 0].map(ulp)).toEqual([2 ** -23, 2 ** -23, 2 ** -22, 2 ** -149, 2 ** -149]);
  });
});

describe("values at hand", () => {
  it("are exact where floats can be", () => {
    expect(of("exp", 0, -0)).toEqual([1, 1]);
    expect(of("log", 1, Math.fround(Math.E))).toEqual([0, 1]);
    expect(of("tanh", 0, -0, 1e-30)).toEqual([0, -0, Math.fround(1e-30)]);
    expect(of("erf", 0, -0)).toEqual([0, -0]);
    expect(of("sigmoid", 0)).toEqual([0.5]);
    expect(of("gelu", 0, -0)).toEqual([0, -0]);
    expect(of("geluSlope", 0)).toEqual([0.5]);
  });

  it("come to the right ends", () => {
    const ends = [-Infinity, -1e38, 1e38, Infinity];
    expect(of("exp", ...ends)).toEqual([0, 0, Infinity, Infinity]);
    expect(of("log", -Infinity, -1, -1e-45, -0, 0, Infinity)).toEqual([NaN, NaN, NaN, -Infinity, -Infinity, Infinity]);
    expect(of("tanh", ...ends)).toEqual([-1, -1, 1, 1]);
    expect(of("erf", ...ends)).toEqual([-1, -1, 1, 1]);
    expect(of("sigmoid", ...ends)).toEqual([0, 0, 1, 1]);
    expect(of("gelu", ...ends)).toEqual([NaN, -0, Math.fround(1e38), Infinity]);
    expect(of("geluSlope", ...ends)).toEqual([NaN, 0, 1, NaN]);
  });

  it("show where exp begins and ends", () => {
    // the floats around 128 ln 2 = 88.7228391 and -126 ln 2 = -87.3365447
    const [below, above] = of("exp", 88.72283172607422, 88.72283935546875) as [number, number];
    expect(Math.abs(below - Math.exp(88.72283172607422))).toBeLessThan(2 * ulp(below));
    expect(above).toBe(Infinity);
    const [least, gone] = of("exp", -87.33654022216797, -87.33655548095703) as [number, number];
    expect(Math.abs(least - Math.exp(-87.33654022216797))).toBeLessThan(2 * ulp(least));
    expect(gone).toBe(0);
  });

  it("are not numbers for NaN, whichever bits it has", () => {
    for (const name of ["exp", "log", "tanh", "erf", "sigmoid", "gelu", "geluSlope"] as const) {
      bits.set([0x7fc00000, 0x7f800001, 0xffc00000, 0x7fffffff, 0xff812345, 0x7fc001ff, 0xffffffff, 0x7fa00080]);
      probe[name](8, SRC, DST);
      expect([...output.subarray(0, 8)], name).toEqual(Array(8).fill(NaN));
    }
  });
});

describe("errors over all floats", () => {
  it("exp: 1.4 ulp, and 0 for what is too small", () => {
    expect(worst("exp", Math.exp, normal).ulps).toBeLessThan(1.4);
    expect(worst("exp", Math.exp, denormal).absolute).toBeLessThan(MIN_NORMAL);
  });

  it("log: 0.8 ulp", () => {
    expect(worst("log", Math.log, always).ulps).toBeLessThan(0.8);
  });

  it("tanh: 2.6 ulp", () => {
    expect(worst("tanh", Math.tanh, always).ulps).toBeLessThan(2.6);
  });

  it("erf: 2 ulp", () => {
    expect(worst("erf", erf, always).ulps).toBeLessThan(2);
  });

  it("sigmoid: 2.3 ulp", () => {
    expect(worst("sigmoid", sigmoid, normal).ulps).toBeLessThan(2.3);
    expect(worst("sigmoid", sigmoid, denormal).absolute).toBeLessThan(MIN_NORMAL);
  });

  it("gelu: 6 ulp, 10 below -12", () => {
    expect(worst("gelu", gelu, (x) => x >= -12).ulps).toBeLessThan(6);
    expect(worst("gelu", gelu, (x, exact) => x < -12 && normal(x, exact)).ulps).toBeLessThan(10);
    expect(worst("gelu", gelu, denormal).absolute).toBeLessThan(MIN_NORMAL);
  });

  it("the slope of gelu: 2e-7", () => {
    expect(worst("geluSlope", geluSlope, always).absolute).toBeLessThan(2e-7);
  });

  it("tanh and erf stay within -1 and 1 and are odd to the bit", () => {
    for (const name of ["tanh", "erf"] as const) {
      // Patterns of the sweep and their negatives are not the same floats, so the two signs are laid side by side.
      for (let i = 0; i < BLOCK; i += 2) {
        bits[i] = 0x30000000 + (i >> 1) * 20011; // from 4.7e-10 to 71
        bits[i + 1] = bits[i]! | 0x80000000;
      }
      probe[name](BLOCK, SRC, DST);
      for (let i = 0; i < BLOCK; i += 2) {
        if (output[i] !== -output[i + 1]! || Math.abs(output[i]!) > 1) expect.fail(`${name}(${input[i]})`);
      }
    }
  });
});
