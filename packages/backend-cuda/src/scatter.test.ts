import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planScatter, type ScatterPlan } from "./scatter.js";

/** Which rows of the input end up in which row of the result, in order, as the kernels go through a plan. */
function rowsOf({ order, segments, joins }: ScatterPlan): Map<number, number[]> {
  const whole = new Map<number, number[]>();
  const partial: number[][] = [];
  for (let at = 0; at < segments.length; at += 4) {
    const [from, until, row, isWhole] = segments.slice(at, at + 4) as unknown as [number, number, number, number];
    const rows = [...order.slice(from, until)];
    if (isWhole) whole.set(row, rows);
    else partial[row] = rows;
  }
  for (let at = 0; at < joins.length; at += 3) {
    const [from, until, row] = joins.slice(at, at + 3) as unknown as [number, number, number];
    whole.set(row, partial.slice(from, until).flat());
  }
  return whole;
}

describe("planScatter", () => {
  it("keeps the rows of an index in their order", () => {
    expect(rowsOf(planScatter(Int32Array.of(2, 0, 2, 1, 2), 3, -1))).toEqual(
      new Map([
        [0, [1]],
        [1, [3]],
        [2, [0, 2, 4]],
      ]),
    );
  });

  it("cuts an index with many rows, and joins the pieces", () => {
    const plan = planScatter(new Int32Array(150).fill(4), 5, -1);
    expect([plan.segments.length / 4, plan.partials, [...plan.joins]]).toEqual([3, 3, [0, 3, 4]]);
  });

  it("adds every row to its index, once, and passes over the others", () => {
    const indices = fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 300 });
    fc.assert(
      fc.property(indices, fc.nat({ max: 6 }), fc.integer({ min: -1, max: 5 }), (list, rows, skip) => {
        const expected = new Map<number, number[]>();
        list.forEach((index, i) => {
          if (index < 0 || index >= rows || index === skip) return;
          expected.set(index, [...(expected.get(index) ?? []), i]);
        });
        expect(rowsOf(planScatter(Int32Array.from(list), rows, skip))).toEqual(expected);
      }),
    );
  });
});
