const encoder = new TextEncoder();

/** The bytes of a text; halves of characters become U+FFFD. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** One array of all. */
export function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  const copies = Array.from(pieces, (piece) => new Uint8Array(piece)); // a piece may change with the next one
  const bytes = new Uint8Array(copies.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const copy of copies) {
    bytes.set(copy, at);
    at += copy.length;
  }
  return bytes;
}

/** Pieces that end within words and characters. */
export function cut(text: string): string[];
export function cut(text: Uint8Array): Uint8Array[];
export function cut(text: string | Uint8Array): (string | Uint8Array)[] {
  const size = 997;
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

/** A Web stream of such pieces. */
export const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of cut(bytes)) controller.enqueue(piece);
      controller.close();
    },
  });
