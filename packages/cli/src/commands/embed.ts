import type { Command } from "commander";
import { encodeSafetensors, OptionError } from "@xlm/core";
import { startBackend } from "../backends.js";
import { checkAbsent, readText, writeNew } from "../files.js";
import { addBackendFlags, type BackendFlags } from "../flags.js";
import { jsonLine } from "../output.js";
import { openRun } from "../reader.js";
import { embedCorpus } from "../scoring.js";
import type { CommonFlags, Runner, Session } from "../session.js";

interface EmbedFlags extends CommonFlags, BackendFlags {
  run: string;
  text: string;
  lang: string;
  truncate?: boolean;
  out?: string;
}

async function embed(session: Session, flags: EmbedFlags): Promise<void> {
  const { out, lang } = flags;
  if (out !== undefined && !/\.(safetensors|jsonl)$/.test(out)) {
    throw new OptionError({
      what: `--out is ${out}`,
      why: "its ending says how the vectors are written",
      fix: "name it .safetensors or .jsonl",
    });
  }
  if (out !== undefined) checkAbsent(out, "--out");
  const text = readText({ lang, file: flags.text });
  await startBackend(flags.backend, flags);
  const reader = openRun(flags.run);
  try {
    const corpus = reader.read(text, { truncate: flags.truncate ?? false });
    const vectors = await embedCorpus(reader, { lang, corpus }, session.progress);
    const [n, dim] = vectors.shape;
    const rows = (): string => {
      let content = "";
      for (let i = 0; i < n; i++) {
        content += jsonLine({ line: i + 1, vector: Array.from(vectors.data.subarray(i * dim, (i + 1) * dim)) });
      }
      return content;
    };
    if (out === undefined) {
      session.io.stdout.write(rows());
      return;
    }
    const content = out.endsWith(".jsonl")
      ? rows()
      : encodeSafetensors(
          { vectors: { dtype: "F32", shape: vectors.shape, data: vectors.data } },
          { lang, run: flags.run, step: String(reader.step) },
        );
    writeNew(out, content);
    session.result({ file: out, sentences: n, dim }, "");
    session.say(`wrote ${n} vectors of ${dim} to ${out}`);
  } finally {
    reader.model.dispose();
  }
}

export function addEmbed(program: Command, run: Runner): void {
  const command = program
    .command("embed")
    .description("write the mean-pooled state of each line of a text")
    .requiredOption("--run <dir>", "run folder")
    .requiredOption("--text <file>", "text, one sentence a line")
    .requiredOption("--lang <name>", "its language")
    .option("--truncate", "cut lines longer than the model's positions")
    .option("--out <file>", "vectors.safetensors or vectors.jsonl (default: JSON lines on stdout)");
  run(addBackendFlags(command), (session, flags: EmbedFlags) => embed(session, flags));
}
