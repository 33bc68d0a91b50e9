import type { Command } from "commander";
import { createBpe, parseCodes } from "@xlm/bpe";
import { checkParallel, limitDictionary, parseDictionary, type MemoryCorpus } from "@xlm/data";
import { OptionError } from "@xlm/core";
import { writeDataFolder, type MonoText, type PairText } from "../data-folder.js";
import { readBytes, readText, type Text } from "../files.js";
import { addTokenizeFlags, type TokenizeFlags } from "../flags.js";
import { langFiles, pairFiles } from "../options.js";
import { applyCodes, checkBelongs, indexLines } from "../prepare.js";
import type { CommonFlags, Runner, Session } from "../session.js";
import { tokenizeLines, wordRules } from "../tokenize.js";

interface BinarizeFlags extends CommonFlags, TokenizeFlags {
  codes: string;
  vocab: string;
  text?: string[];
  pair?: string[];
  split: string;
  out: string;
}

function binarize(session: Session, flags: BinarizeFlags): void {
  const codesFile = readBytes(flags.codes);
  const vocabFile = readBytes(flags.vocab);
  const codes = parseCodes(codesFile, { file: flags.codes });
  checkBelongs(codes, vocabFile, [flags.codes, flags.vocab]);
  const dictionary = limitDictionary(parseDictionary(vocabFile, { file: flags.vocab }));
  const monoFiles = langFiles(flags.text ?? []);
  const pairs = (flags.pair ?? []).map(pairFiles);
  if (monoFiles.length + pairs.length === 0) {
    throw new OptionError({
      what: "there is neither --text nor --pair",
      why: "there is nothing to binarise",
      fix: "add --text en=FILE, or --pair en=FILE,fr=FILE",
    });
  }

  // Everything is read and checked before the first file is written.
  const mono = monoFiles.map(readText);
  const pairTexts = pairs.map(([a, b]) => [readText(a), readText(b)] as const);
  for (const [a, b] of pairTexts) checkParallel(a, b);
  const bpe = createBpe(codesFile);
  const rules = wordRules(flags);
  const total = [...mono, ...pairTexts.flat()];
  const bar = session.progress("Binarising", total.length, "files");
  const index = ({ lang, file, lines }: Text, i: number): MemoryCorpus => {
    const corpus = indexLines(applyCodes(bpe, tokenizeLines(lines, rules, lang)), dictionary, file);
    bar.update(i + 1);
    return corpus;
  };
  const corpora = total.map(index);
  bar.stop();
  const monoOut = mono.map(({ lang }, i): MonoText => ({
    split: flags.split,
    lang,
    corpus: corpora[i] as MemoryCorpus,
  }));
  const pairsOut = pairTexts.map(([a, b], i): PairText => {
    const at = mono.length + 2 * i;
    return {
      split: flags.split,
      langs: [a.lang, b.lang],
      sides: [corpora[at] as MemoryCorpus, corpora[at + 1] as MemoryCorpus],
    };
  });
  writeDataFolder(flags.out, {
    ...rules,
    splitUnknown: false,
    codes: codesFile,
    vocab: vocabFile,
    dictionary,
    mono: monoOut,
    pairs: pairsOut,
  });
  const rows = total.map(({ lang, file }, i) => {
    const { ids, positions } = corpora[i] as MemoryCorpus;
    let unknown = 0;
    for (const id of ids) if (id === dictionary.unkId) unknown++;
    return { lang, file, sentences: positions.length / 2, tokens: ids.length - positions.length / 2, unknown };
  });
  session.result(
    { out: flags.out, split: flags.split, texts: rows },
    rows
      .map(
        (row) =>
          `${row.lang}  ${row.file}  ${row.sentences} sentences, ${row.tokens} subwords, ${row.unknown} unknown\n`,
      )
      .join(""),
  );
  session.say(`wrote ${flags.out}`);
}

export function addBinarize(program: Command, run: Runner): void {
  const command = program
    .command("binarize")
    .description("turn text into ids, in a folder that xlm train reads")
    .requiredOption("--codes <file>", "codes from bpe learn")
    .requiredOption("--vocab <file>", "vocabulary from bpe vocab")
    .option("--text <files...>", "text of one language each, LANG=FILE")
    .option("--pair <files...>", "text in two languages, parallel by line: en=FILE,fr=FILE")
    .option("--split <name>", "train, valid or test", "train")
    .requiredOption("--out <dir>", "folder of binarised text; one made with the same codes and vocabulary is added to");
  run(addTokenizeFlags(command, "none"), (session, flags: BinarizeFlags) => binarize(session, flags));
}
