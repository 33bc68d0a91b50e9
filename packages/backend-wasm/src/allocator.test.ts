import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allocator } from "./allocator.js";

const never = (): number => 0;

describe("Allocator", () => {
  it("hands out 64-byte grains one behind the other", () => {
    const memory = new Allocator(100, 1024, never);
    expect([memory.allocate(1), memory.allocate(65), memory.allocate(0)]).toEqual([128, 192, 320]);
    expect([memory.bytes, memory.blocks]).toEqual([64 + 128 + 64, 3]);
  });

  it("joins what is given back with its free neighbours", () => {
    const memory = new Allocator(0, 640, never);
    const [a, b, c] = [memory.allocate(192), memory.allocate(192), memory.allocate(192)] as [number, number, number];
    memory.release(a);
    memory.release(c);
    expect(memory.allocate(320)).toBeNull(); // 192, and 256 with the rest at the end
    memory.release(b);
    expect(memory.longestFree).toBe(640);
    expect(memory.allocate(640)).toBe(0);
  });

  it("asks for more at the end only for what the last free block lacks", () => {
    const asked: number[] = [];
    const memory = new Allocator(0, 128, (bytes) => {
      asked.push(bytes);
      return 1024;
    });
    memory.allocate(64);
    expect(memory.allocate(256)).toBe(64);
    expect(asked).toEqual([256 - 64]);
  });

  it("refuses an address that is not in use", () => {
    const memory = new Allocator(0, 640, never);
    const a = memory.allocate(64) as number;
    memory.release(a);
    expect(() => memory.release(a)).toThrow("not in use");
  });

  it("never gives one byte to two, and has everything back at the end", () => {
    const step = fc.record({
      bytes: fc.integer({ min: 0, max: 5000 }),
      drop: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let end = 4096;
        const memory = new Allocator(64, end, (bytes) => {
          if (end > 100_000) return 0;
          end += bytes;
          return bytes;
        });
        const held: { from: number; to: number }[] = [];
        for (const { bytes, drop } of steps) {
          const from = memory.allocate(bytes);
          if (from === null) {
            expect(memory.longestFree).toBeLessThan(bytes);
          } else {
            const to = from + Math.max(1, bytes);
            expect(from % 64).toBe(0);
            expect(to).toBeLessThanOrEqual(end);
            for (const other of held) expect(from >= other.to || to <= other.from).toBe(true);
            held.push({ from, to });
          }
          if (drop < 0.5 && held.length > 0) {
            const [gone] = held.splice(Math.floor(drop * 2 * held.length), 1);
            memory.release(gone?.from as number);
          }
          expect(memory.blocks).toBe(held.length);
        }
        for (const { from } of held) memory.release(from);
        expect([memory.bytes, memory.blocks]).toEqual([0, 0]);
        expect(memory.allocate(memory.longestFree)).not.toBeNull(); // one stretch again
        expect(memory.longestFree).toBe(0);
      }),
    );
  });
});
