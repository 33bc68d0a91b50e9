import { sha256Hex } from "@xlm/core";
import type { Bpe } from "@xlm/bpe";
import { dictionaryHash, mergeStatistics, type CorpusManifest, type Dictionary, type TextStatistics } from "@xlm/data";
import { checkKnown } from "../prepare.js";
import { zipBatches } from "./lines.js";
import type { From } from "./plan.js";
import { lineRules, wordsFrom } from "./recipe.js";
import type { Job } from "./run.js";
import { makeShards, UNKNOWN } from "./shards.js";
import { writePieces, type Part, type Piece } from "./state.js";
import { checkCurrent } from "./survey.js";
import type { TextSet } from "./texts.js";

/** One language's side of a text that is ready. */
export interface Side {
  readonly lang: string;
  /** Where it was read. */
  readonly file: string;
  readonly shards: readonly CorpusManifest[];
  readonly statistics: TextStatistics;
}

/** What a shard's part of the record says, a side each. */
interface ShardFacts {
  readonly manifests: readonly CorpusManifest[];
  readonly statistics: readonly TextStatistics[];
}

/** What ids are made with. */
export interface Coding {
  readonly codes: Uint8Array;
  readonly dictionary: Dictionary;
  readonly coder: () => Bpe;
}

/** Brings a text up to date: shards of ids on every side. */
export async function bringText(job: Job, set: TextSet, { codes, dictionary, coder }: Coding): Promise<Side[]> {
  const { session, folder, recipe, surveys, words, check } = job;
  const { dir } = folder;
  const langs = set.sides.map(({ lang }) => lang);
  const from: From = {
    ...wordsFrom(recipe),
    ...Object.fromEntries(set.sides.map(({ lang, file }) => [`text in ${lang}`, surveys.get(file)!.sha256])),
    codes: sha256Hex(codes),
    vocabulary: dictionaryHash(dictionary),
    "--split-unknown": String(recipe.splitUnknown),
    "--shard-tokens": String(recipe.shardTokens),
  };
  async function* make(have: readonly Part[]): AsyncGenerator<Part> {
    const facts = have.map((part) => part.facts as ShardFacts);
    let done = facts.reduce((sum, { manifests }) => sum + manifests[0]!.sentences, 0);
    const bpe = coder();
    const total = surveys.get(set.sides[0]!.file)!.lines;
    const bar = session.progress(`Binarising ${set.name}`, total, "lines");
    async function* coded(): AsyncGenerator<Uint8Array[]> {
      const lines = zipBatches(set.sides.map((side) => words.read(side, done)));
      for await (const { sides, nLines } of gatherBytes(lines)) {
        check();
        yield sides.map((bytes) => bpe.applyText(bytes));
        bar.update((done += nLines));
      }
    }
    const options = { dictionary, codes, shardTokens: recipe.shardTokens };
    for await (const shards of makeShards(set.name, langs, coded(), have.length, options)) {
      for (const { file, pieces } of shards) await writePieces(dir, file, pieces);
      facts.push({
        manifests: shards.map(({ manifest }) => manifest),
        statistics: shards.map(({ statistics }) => statistics),
      });
      const files = shards.map(({ file, size, manifest: { sha256 } }) => ({ file, size, sha256 }));
      yield { files, facts: facts.at(-1) };
      check();
    }
    bar.stop();
    for (const [i, { lang, file }] of set.sides.entries()) {
      checkKnown(file, statisticsOf(lang, facts, i));
      checkCurrent(surveys.get(file)!, file, lineRules(recipe));
    }
  }
  return sidesOf(set, await folder.bring(set.name, from, make));
}

const GATHERED = 1 << 20; // bytes worth filling the processor's cache for with codes and vocabulary, once and then again

/** Batches of lines as larger ones of bytes, a side each; every line with its newline. */
async function* gatherBytes(
  batches: AsyncIterable<readonly (readonly string[])[]>,
): AsyncGenerator<{ sides: Uint8Array[]; nLines: number }> {
  let held: Uint8Array[][] = [];
  let nLines = 0;
  let size = 0;
  const taken = (): { sides: Uint8Array[]; nLines: number } => {
    const sides = held[0]!.map((_, side) => Buffer.concat(held.map((batch) => batch[side]!)));
    const all = { sides, nLines };
    held = [];
    size = nLines = 0;
    return all;
  };
  for await (const batch of batches) {
    const bytes = batch.map((lines) => Buffer.from(`${lines.join("\n")}\n`));
    held.push(bytes);
    nLines += batch[0]!.length;
    size += bytes.reduce((sum, { length }) => sum + length, 0);
    if (size >= GATHERED) yield taken();
  }
  if (held.length > 0) yield taken();
}

/** Statistics of the shards of a side as one. */
const statisticsOf = (lang: string, facts: readonly ShardFacts[], side: number): TextStatistics =>
  mergeStatistics(
    lang,
    facts.map(({ statistics }) => statistics[side]!),
    UNKNOWN,
  );

function sidesOf(set: TextSet, piece: Piece): Side[] {
  const facts = piece.parts.map((part) => part.facts as ShardFacts);
  return set.sides.map(({ lang, file }, i) => ({
    lang,
    file,
    shards: facts.map(({ manifests }) => manifests[i]!),
    statistics: statisticsOf(lang, facts, i),
  }));
}

/** Every side of every text, with a name such as `train.en` or `train.en-fr fr`. */
export const namedSides = (texts: readonly { set: TextSet; sides: readonly Side[] }[]): NamedSide[] =>
  texts.flatMap(({ set, sides }) =>
    sides.map((side) => {
      const name = sides.length > 1 ? `${set.name} ${side.lang}` : set.name;
      return { name, split: set.split, side, statistics: { ...side.statistics, lang: name } };
    }),
  );

export interface NamedSide {
  readonly name: string;
  readonly split: string;
  readonly side: Side;
  /** Under that name. */
  readonly statistics: TextStatistics;
}
