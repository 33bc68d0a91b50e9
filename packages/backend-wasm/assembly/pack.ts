// Packing: copying a block of a matrix into the order in which the tiles read it, so that every transpose costs the same.
import { at } from "./args";

/** Rows of a tile. */
export const MR: i32 = 6;

/**
 * Four vectors, `p0..p3` being rows of a 4 x 4 block, written as its columns at `dst`, `step` bytes apart.
 */
@inline
export function transpose4(p0: v128, p1: v128, p2: v128, p3: v128, dst: usize, step: usize): void {
  const low01 = i32x4.shuffle(p0, p1, 0, 4, 1, 5);
  const low23 = i32x4.shuffle(p2, p3, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(p0, p1, 2, 6, 3, 7);
  const high23 = i32x4.shuffle(p2, p3, 2, 6, 3, 7);
  v128.store(dst, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(dst + step, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(dst + 2 * step, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(dst + 3 * step, i64x2.shuffle(high01, high23, 1, 3));
}

/** `[m, k]` of strides (rs, cs), in elements, as panels of 6 rows: `[m / 6][k][6]`, rows beyond m being 0. */
export function packRows(src: usize, rs: i32, cs: i32, m: i32, k: i32, dst: usize): void {
  for (let i: i32 = 0; i < m; i += MR) {
    const from = at(src, i * rs);
    if (i + MR > m) {
      for (let q: i32 = 0; q < k; q++) {
        for (let r: i32 = 0; r < MR; r++) {
          store<f32>(dst, i + r < m ? load<f32>(at(from, r * rs + q * cs)) : 0);
          dst += 4;
        }
      }
    } else if (rs == 1) {
      let p = from;
      const step = (<usize>cs) << 2;
      for (let q: i32 = 0; q < k; q++) {
        v128.store(dst, v128.load(p));
        store<i64>(dst, load<i64>(p, 16), 16);
        p += step;
        dst += 24;
      }
    } else if (cs == 1) {
      const step = (<usize>rs) << 2;
      let p = from;
      let q: i32 = 0;
      for (; q + 4 <= k; q += 4) {
        let r = p;
        const r0 = v128.load(r);
        r += step;
        const r1 = v128.load(r);
        r += step;
        const r2 = v128.load(r);
        r += step;
        const r3 = v128.load(r);
        r += step;
        const r4 = v128.load(r);
        const r5 = v128.load(r + step);
        transpose4(r0, r1, r2, r3, dst, 24);
        const low = i32x4.shuffle(r4, r5, 0, 4, 1, 5);
        const high = i32x4.shuffle(r4, r5, 2, 6, 3, 7);
        v128.store_lane<i64>(dst, low, 0, 16);
        v128.store_lane<i64>(dst, low, 1, 40);
        v128.store_lane<i64>(dst, high, 0, 64);
        v128.store_lane<i64>(dst, high, 1, 88);
        p += 16;
        dst += 96;
      }
      for (; q < k; q++) {
        for (let r: usize = 0; r < <usize>MR; r++) store<f32>(dst + (r << 2), load<f32>(p + r * step));
        p += 4;
        dst += 24;
      }
    } else {
      for (let q: i32 = 0; q < k; q++) {
        for (let r: i32 = 0; r < MR; r++) {
          store<f32>(dst, load<f32>(at(from, r * rs + q * cs)));
          dst += 4;
        }
      }
    }
  }
}

/** `[k, n]` of strides (rs, cs) as panels of `nr` columns: `[n / nr][k][nr]`, columns beyond n being 0. */
export function packColumns(src: usize, rs: i32, cs: i32, k: i32, n: i32, nr: i32, dst: usize): void {
  const width = (<usize>nr) << 2;
  for (let j: i32 = 0; j < n; j += nr) {
    const from = at(src, j * cs);
    if (j + nr > n) {
      for (let q: i32 = 0; q < k; q++) {
        for (let r: i32 = 0; r < nr; r++) {
          store<f32>(dst, j + r < n ? load<f32>(at(from, q * rs + r * cs)) : 0);
          dst += 4;
        }
      }
    } else if (cs == 1) {
      let p = from;
      const step = (<usize>rs) << 2;
      for (let q: i32 = 0; q < k; q++) {
        for (let r: usize = 0; r < width; r += 32) {
          v128.store(dst + r, v128.load(p + r));
          v128.store(dst + r, v128.load(p + r, 16), 16);
        }
        p += step;
        dst += width;
      }
    } else if (rs == 1) {
      const step = (<usize>cs) << 2;
      const whole = k & ~3;
      // Eight rows at a time: lines of more, 4 KiB apart, would not stay in the first-level cache.
      for (let c: usize = 0; c < width; c += 32) {
        let p = from + (c >> 2) * step;
        let to = dst + c;
        for (const end = at(p, whole); p < end; p += 16) {
          const r1 = p + step;
          const r2 = r1 + step;
          const r3 = r2 + step;
          const r4 = r3 + step;
          const r5 = r4 + step;
          const r6 = r5 + step;
          transpose4(v128.load(p), v128.load(r1), v128.load(r2), v128.load(r3), to, width);
          transpose4(v128.load(r4), v128.load(r5), v128.load(r6), v128.load(r6 + step), to + 16, width);
          to += 4 * width;
        }
      }
      let p = at(from, whole);
      dst += <usize>whole * width;
      let q = whole;
      for (; q < k; q++) {
        for (let c: i32 = 0; c < nr; c++) store<f32>(at(dst, c), load<f32>(p + <usize>c * step));
        p += 4;
        dst += width;
      }
    } else {
      for (let q: i32 = 0; q < k; q++) {
        for (let r: i32 = 0; r < nr; r++) {
          store<f32>(dst, load<f32>(at(from, q * rs + r * cs)));
          dst += 4;
        }
      }
    }
  }
}
