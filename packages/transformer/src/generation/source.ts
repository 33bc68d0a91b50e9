import type { TokenBatch } from "@xlm/core";
import { checkSource } from "../check.js";
import { encode } from "../encode.js";
import type { EncoderDecoder } from "../encoder-decoder.js";
import { createStepper, type Stepper } from "./stepper.js";

/** The decoder, set up to write one row for each source sentence. */
export function readSource({ encoder, decoder }: EncoderDecoder, source: TokenBatch): Stepper {
  const states = encode(encoder, source);
  try {
    const encoded = { states, lengths: source.lengths };
    checkSource(decoder, source, encoded);
    return createStepper(decoder, source.lengths.length, encoded);
  } finally {
    states.dispose();
  }
}
