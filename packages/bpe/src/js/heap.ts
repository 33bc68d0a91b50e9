/** A binary heap of numbers; `before` says which of two comes out first. */
export interface Heap {
  size(): number;
  peek(): number;
  push(item: number): void;
  pop(): number;
}

export function createHeap(before: (a: number, b: number) => boolean): Heap {
  const items: number[] = [];
  return {
    size: () => items.length,
    peek: () => items[0]!,
    push(item) {
      let i = items.push(item) - 1;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (!before(item, items[parent]!)) break;
        items[i] = items[parent]!;
        i = parent;
      }
      items[i] = item;
    },
    pop() {
      const first = items[0]!;
      const item = items.pop()!;
      const size = items.length;
      if (size === 0) return first;
      let i = 0;
      for (let child = 1; child < size; child = 2 * i + 1) {
        if (child + 1 < size && before(items[child + 1]!, items[child]!)) child++;
        if (!before(items[child]!, item)) break;
        items[i] = items[child]!;
        i = child;
      }
      items[i] = item;
      return first;
    },
  };
}
