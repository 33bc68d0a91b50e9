import { FormatError, MismatchError, type Vocab } from "@xlm/core";
import type { Corpus } from "./corpus.js";
import { blocks } from "./slices.js";

/**
 * Checks, in one pass, that positions lie in order inside the ids, that each sentence has its end mark, and that the vocabulary
 * has every id. The first fault counts.
 * @throws FormatError (`XLM_FORMAT`) for the first two, MismatchError (`XLM_MISMATCH`) for the last.
 */
export function checkCorpus({ ids, positions }: Corpus, dictionary: Vocab, file: string): void {
  const { size, eosId } = dictionary;
  const fault = (sentence: number, start: number, end: number): FormatError =>
    new FormatError({
      what: `sentence ${sentence} stands at [${start}, ${end}) of ${ids.length} ids`,
      why: "sentences follow one another, each with its end mark behind it",
      fix: "make the corpus again with indexText",
      at: { file },
    });

  const pairs = blocks(positions);
  let [at, block] = nextOf(pairs);
  let i = 0;
  let last = -1;
  for (const [place, some] of blocks(ids)) {
    const beyond = place + some.length;
    for (let j = 0; j < some.length; j++) {
      const id = some[j] as number;
      if (id >= 0 && id < size) continue;
      throw new MismatchError({
        what: `id ${id} stands at place ${place + j} and the vocabulary has ${size} ids`,
        why: "every id is a row of the model's embeddings",
        fix: "use the vocabulary that the corpus was indexed with, or bring it in line with limitCorpus",
        at: { file },
      });
    }
    while (i < block.length) {
      const [start, end] = [block[i] as number, block[i + 1] as number];
      if (start <= last || end < start) throw fault((at + i) / 2, start, end);
      if (end >= beyond) break; // its end mark is in a later block
      if (some[end - place] !== eosId) throw fault((at + i) / 2, start, end);
      last = end;
      i += 2;
      if (i < block.length) continue;
      [at, block] = nextOf(pairs);
      i = 0;
    }
  }
  if (i < block.length) throw fault((at + i) / 2, block[i] as number, block[i + 1] as number);
}

/** The next block, or an empty one. */
function nextOf(pairs: Iterator<[number, Int32Array | Float64Array], void>): [number, Int32Array | Float64Array] {
  const next = pairs.next();
  return next.done ? [0, new Int32Array()] : next.value;
}
