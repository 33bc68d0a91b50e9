/** A box beside a dot where its label may stand: `dx`, `dy` is where the text begins, at its middle height. */
export interface Placed {
  readonly index: number;
  readonly dx: number;
  readonly dy: number;
  readonly anchor: "start" | "end" | "middle";
}

const GAP = 6;
const WIDE = 0x2e80; // from here on letters are about as wide as they are high

/** About how many pixels a line of text takes. */
export const textWidth = (text: string, fontSize: number): number =>
  [...text].reduce((sum, letter) => sum + (letter.codePointAt(0)! >= WIDE ? 1 : 0.57), 0) * fontSize;

/**
 * Chooses a side for every label so that none lies on another or on a dot, nor sticks out. Labels that find no room are left out.
 * @param dots in pixels.
 */
export function placeLabels(
  dots: readonly { readonly x: number; readonly y: number; readonly label: string }[],
  { width, height, fontSize }: { width: number; height: number; fontSize: number },
): Placed[] {
  const taken = dots.map(({ x, y }) => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 }));
  const placed: Placed[] = [];
  for (const [index, { x, y, label }] of dots.entries()) {
    const long = textWidth(label, fontSize);
    const high = fontSize;
    const sides = [
      { dx: GAP, dy: 0, anchor: "start", from: x + GAP },
      { dx: -GAP, dy: 0, anchor: "end", from: x - GAP - long },
      { dx: 0, dy: -high, anchor: "middle", from: x - long / 2 },
      { dx: 0, dy: high, anchor: "middle", from: x - long / 2 },
    ] as const;
    for (const { dx, dy, anchor, from } of sides) {
      const box = { left: from, right: from + long, top: y + dy - high / 2, bottom: y + dy + high / 2 };
      if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height) continue;
      const isFree = taken.every(
        (other) =>
          other.right <= box.left || other.left >= box.right || other.bottom <= box.top || other.top >= box.bottom,
      );
      if (!isFree) continue;
      taken.push(box);
      placed.push({ index, dx, dy, anchor });
      break;
    }
  }
  return placed;
}
