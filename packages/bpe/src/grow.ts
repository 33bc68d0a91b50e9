/** A copy with at least twice the room, for arrays that are filled from the front. */
export function grow<T extends Uint8Array | Int32Array | Float64Array>(array: T, least = 0): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(array.length * 2, least));
  larger.set(array);
  return larger;
}
