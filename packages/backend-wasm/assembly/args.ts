// How arguments reach a kernel: 32 words of 4 bytes, 24 whole numbers and addresses, then 8 floats.


@inline
export function int(args: usize, i: i32): i32 {
  return load<i32>(args + ((<usize>i) << 2));
}

@inline
export function ptr(args: usize, i: i32): usize {
  return <usize>load<u32>(args + ((<usize>i) << 2));
}

@inline
export function float(args: usize, i: i32): f32 {
  return load<f32>(args + ((<usize>i) << 2), 96);
}

/** The address of element `i` of an array of 4-byte elements. */
@inline
export function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 2);
}
