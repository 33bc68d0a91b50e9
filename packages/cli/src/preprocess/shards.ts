import { createIndexer, createShardWriter, mergeStatistics, type Dictionary, type Shard } from "@xlm/data";

export interface ShardOptions {
  dictionary: Dictionary;
  /** The codes file. */
  codes: Uint8Array;
  /** Subwords of a shard: it ends with the sentence that reaches so many on any side. */
  shardTokens: number;
}

/** Unknown subwords on record, the most frequent ones. */
export const UNKNOWN = { maxUnkWords: 100 };

/**
 * Turns batches of split lines into shards. The sides of a parallel text are cut behind the same sentence. Shards do not
 * depend on how the lines came in batches.
 * @param name of the text set, for the names of files: `train.en` or `train.en-fr`.
 * @param batches for each side the bytes of as many lines, each with its newline.
 * @param first number of the first shard.
 * @returns the shards of all sides, again and again.
 */
export async function* makeShards(
  name: string,
  langs: readonly string[],
  batches: AsyncIterable<readonly Uint8Array[]>,
  first: number,
  { dictionary, codes, shardTokens }: ShardOptions,
): AsyncGenerator<Shard[]> {
  let done: Shard[] = [];
  const sides = langs.map((lang) => ({
    indexer: createIndexer(dictionary),
    writer: createShardWriter(dictionary, (shard) => done.push(shard), {
      ...{ name: langs.length > 1 ? `${name}.${lang}` : name, lang, codes, first },
      maxIds: Number.MAX_SAFE_INTEGER, // all sides are cut here, behind the same sentence
    }),
    tokens: 0, // since the last cut
  }));
  const cut = (): Shard[] => {
    done = [];
    for (const side of sides) {
      side.writer.cut();
      side.tokens = 0;
    }
    return done.map((shard) => ({
      ...shard,
      statistics: mergeStatistics(shard.statistics.lang, [shard.statistics], UNKNOWN),
    }));
  };
  for await (const batch of batches) {
    const lines = sides.map(({ indexer }, i) => indexer.indexLines(batch[i]!));
    const nLines = lines[0]!.ends.length;
    let from = 0;
    for (let line = 0; line < nLines; line++) {
      let isFull = false;
      for (const [i, side] of sides.entries()) {
        const { ends } = lines[i]!;
        side.tokens += ends[line]! - (line === 0 ? 0 : ends[line - 1]!);
        isFull ||= side.tokens >= shardTokens;
      }
      if (!isFull && line + 1 < nLines) continue;
      for (const [i, { writer }] of sides.entries()) writer.addIndexed(lines[i]!, from, line + 1);
      from = line + 1;
      if (isFull) yield cut();
    }
  }
  const rest = cut();
  if (rest.length > 0) yield rest;
}
