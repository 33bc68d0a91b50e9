import { dictionaryFromCounts, indexText, mergeStatistics, type Shard } from "@xlm/data";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { makeShards } from "./shards.js";

const dictionary = dictionaryFromCounts([
  ["lo@@", 3],
  ["w", 2],
  ["the", 2],
]);
const options = { dictionary, codes: new Uint8Array(), shardTokens: 4 };

async function shardsOf(batches: readonly (readonly string[])[][], shardTokens: number, first = 0): Promise<Shard[][]> {
  async function* bytes(): AsyncGenerator<Uint8Array[]> {
    for (const batch of batches) {
      yield await Promise.resolve(batch.map((lines) => Buffer.from(lines.map((line) => `${line}\n`).join(""))));
    }
  }
  const shards: Shard[][] = [];
  for await (const sides of makeShards(
    "train.x",
    batches[0]!.map((_, i) => `l${i}`),
    bytes(),
    first,
    { ...options, shardTokens },
  )) {
    shards.push(sides);
  }
  return shards;
}

const bytesOf = ({ pieces }: Shard): Buffer => Buffer.concat([...pieces]);

it("ends a shard with the sentence that reaches the number of subwords, on any side", async () => {
  const shards = await shardsOf(
    [
      [
        ["w", "w w", "the", "w"],
        ["w", "w", "w w w", ""],
      ],
    ],
    4,
  );
  expect(shards.map((sides) => sides.map(({ manifest }) => manifest.tokens))).toEqual([
    [4, 5],
    [1, 0],
  ]);
  expect(shards.map((sides) => sides.map(({ file }) => file))).toEqual([
    ["train.x.l0.000.safetensors", "train.x.l1.000.safetensors"],
    ["train.x.l0.001.safetensors", "train.x.l1.001.safetensors"],
  ]);
  expect((await shardsOf([[["w"]]], 4, 12))[0]![0]!.file).toBe("train.x.012.safetensors");
});

it("says what a text is like, words before they were split too", async () => {
  const [[shard]] = (await shardsOf([[["the lo@@ w", "", "the zebra lo@@ lo@@ w"]]], 100)) as [[Shard]];
  expect(shard.statistics).toMatchObject({ sentences: 3, empty: 1, words: 5, tokens: 8, unknown: 1, longest: 5 });
  expect(shard.statistics.unkWords).toEqual([["zebra", 1]]);
});

const line = fc
  .array(fc.constantFrom("lo@@", "w", "the", "zebra@@", "<unk>"), { maxLength: 6 })
  .map((words) => words.join(" "));
const pairs = fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 30 });

it("gives the same shards however the lines come, and together they are the text", async () => {
  await fc.assert(
    fc.asyncProperty(
      pairs,
      fc.array(fc.nat(30), { maxLength: 4 }),
      fc.integer({ min: 1, max: 20 }),
      async (lines, cuts, size) => {
        const sides = [lines.map(([a]) => a), lines.map(([, b]) => b)];
        const ends = [0, ...cuts.filter((cut) => cut < lines.length).sort((a, b) => a - b), lines.length];
        const batches = ends.slice(1).map((end, i) => sides.map((side) => side.slice(ends[i], end)));
        const whole = await shardsOf([sides], size);
        const parts = await shardsOf(batches, size);
        expect(parts.flat().map(bytesOf)).toEqual(whole.flat().map(bytesOf));
        for (const [i, side] of sides.entries()) {
          const { positions, ids } = indexText(side, dictionary);
          const merged = mergeStatistics(
            "l",
            whole.map((shards) => shards[i]!.statistics),
          );
          expect(merged.sentences).toBe(positions.length / 2);
          expect(merged.tokens).toBe(ids.length - positions.length / 2);
          expect(whole.map((shards) => shards[i]!.manifest.sentences)).toEqual(
            whole.map((shards) => shards[0]!.manifest.sentences),
          );
        }
      },
    ),
  );
});
