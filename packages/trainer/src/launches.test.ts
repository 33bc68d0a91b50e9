import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { launchesOf } from "./launches.js";

describe("launchesOf", () => {
  it("takes all together that go together", () => {
    expect(launchesOf(["a", "b", "c"], () => [4, 10], 100)).toEqual([["a", "b", "c"]]);
  });

  it("cuts where there are too many elements, and where updates differ", () => {
    const parameters: Record<string, [number, number]> = {
      a: [1, 60],
      b: [1, 50],
      big: [1, 500],
      c: [0, 1],
      d: [1, 1],
    };
    expect(launchesOf(Object.keys(parameters), (name) => parameters[name]!, 100)).toEqual([
      ["c"],
      ["a"],
      ["b"],
      ["big"],
      ["d"],
    ]);
  });

  it("updates every parameter once, with its equals, within bounds", () => {
    const parameter = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 60 }));
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 20 }), (parameters) => {
        const names = parameters.map((_, i) => String(i));
        const of = (name: string): [number, number] => parameters[Number(name)]!;
        const launches = launchesOf(names, of, 100);
        expect(launches.flat().sort()).toEqual([...names].sort());
        for (const launch of launches) {
          expect(new Set(launch.map((name) => of(name)[0])).size).toBe(1);
          const elements = launch.reduce((sum, name) => sum + of(name)[1], 0);
          expect(launch.length === 1 || elements <= 100).toBe(true);
        }
      }),
    );
  });
});
