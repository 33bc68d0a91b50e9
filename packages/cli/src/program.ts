import { Command } from "commander";
import { addBinarize } from "./commands/binarize.js";
import { addBpe } from "./commands/bpe.js";
import { addEmbed } from "./commands/embed.js";
import { addEvaluate } from "./commands/evaluate.js";
import { addPreprocess } from "./commands/preprocess.js";
import { addReproduce } from "./commands/reproduce.js";
import { addQuickstart } from "./commands/quickstart.js";
import { addTrain } from "./commands/train.js";
import type { Io } from "./io.js";
import { addCommonFlags, createSession, type CommonFlags, type Runner } from "./session.js";

/** The whole command line, writing to `io`. `onFlags` is told the flags of the command that runs. */
export function createProgram(io: Io, onFlags: (flags: CommonFlags) => void): Command {
  const program = new Command("xlm")
    .description("Cross-lingual language model pretraining (Lample & Conneau 2019)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 unexpected error, 2 usage or bad input, 3 training diverged, 130 interrupted.\n",
    );
  const run: Runner = (command, action) => {
    addCommonFlags(command).action(async (flags) => {
      onFlags(flags as CommonFlags);
      await action(createSession(io, flags as CommonFlags), flags as Parameters<typeof action>[1]);
    });
  };
  for (const add of [addQuickstart, addPreprocess, addBpe, addBinarize, addTrain, addEvaluate, addEmbed, addReproduce])
    add(program, run);
  return program;
}
