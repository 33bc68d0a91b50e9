/** How arrays of any strides are gone through together: axes that can be taken as one are one. */
export interface Axes {
  /** The slowest first. */
  sizes: number[];
  /** Of each array: elements from one index of an axis to the next. */
  strides: number[][];
}

/** Leaves out axes of length 1 and joins neighbours that every array goes through as one. */
export function collapse(sizes: readonly number[], strides: readonly (readonly number[])[]): Axes {
  const joined: Axes = { sizes: [], strides: strides.map(() => []) };
  sizes.forEach((size, i) => {
    if (size === 1) return;
    const last = joined.sizes.length - 1;
    const goesOn = last >= 0 && strides.every((own, k) => joined.strides[k]?.[last] === (own[i] as number) * size);
    if (goesOn) joined.sizes[last] = (joined.sizes[last] as number) * size;
    else joined.sizes.push(size);
    strides.forEach((own, k) => {
      const to = joined.strides[k] as number[];
      if (goesOn) to[last] = own[i] as number;
      else to.push(own[i] as number);
    });
  });
  return joined;
}

/** The same with axes of length 1 in front, `count` in all; null when there are more. */
export function padded({ sizes, strides }: Axes, count: number): Axes | null {
  const missing = count - sizes.length;
  if (missing < 0) return null;
  const ones = new Array<number>(missing).fill(1);
  const zeros = new Array<number>(missing).fill(0);
  return { sizes: [...ones, ...sizes], strides: strides.map((own) => [...zeros, ...own]) };
}
