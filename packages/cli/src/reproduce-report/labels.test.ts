import { expect, it } from "vitest";
import { placeLabels, textWidth } from "./labels.js";

const box = { width: 100, height: 100, fontSize: 10 };

it("puts labels to the right, and elsewhere where there is no room", () => {
  const sides = (x: number, y: number): unknown => placeLabels([{ x, y, label: "word" }], box)[0]?.anchor;
  expect([sides(20, 50), sides(90, 50)]).toEqual(["start", "end"]);
  expect(placeLabels([{ x: 50, y: 50, label: "much longer than the box is" }], box)).toEqual([]);
});

it("lets no label lie on another or on a dot", () => {
  const dots = ["one", "two", "three"].map((label, i) => ({ x: 40 + i, y: 50 + i, label }));
  const placed = placeLabels(dots, box);
  expect(placed.map(({ index, anchor }) => [index, anchor])).toEqual([
    [0, "start"],
    [1, "end"],
    [2, "middle"],
  ]);
  expect(placeLabels([...dots, ...dots, ...dots], box).length).toBeLessThan(9);
});

it("takes letters of East Asia for wider", () => {
  expect(textWidth("猫", 10)).toBe(10);
  expect(textWidth("a", 10)).toBeCloseTo(5.7);
});
