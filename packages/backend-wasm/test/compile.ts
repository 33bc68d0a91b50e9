import fs from "node:fs";
import path from "node:path";
import asc from "assemblyscript/asc";

const assembly = path.resolve(import.meta.dirname, "../assembly");

/**
 * Compiles `assembly/<entry>` in memory, with the flags of the product's portable module, and starts it on a memory of its own.
 * @param entry file name, such as `probe.ts`.
 * @param pages size of the memory, in pages of 64 KiB.
 * @returns what the module exports, and its memory.
 * @throws Error with the compiler's own message.
 */
export async function compile<Exports>(
  entry: string,
  pages: number,
): Promise<Exports & { memory: WebAssembly.Memory }> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(
    [
      ...[entry, "--outFile", "module.wasm", "--enable", "simd,threads"],
      ...["-O3", "--noAssert", "--converge", "--runtime", "stub", "--use", "abort="],
      ...["--importMemory", "--initialMemory", "1"],
    ],
    {
      stderr,
      readFile: (file) => {
        const at = path.resolve(assembly, file);
        return fs.existsSync(at) ? fs.readFileSync(at, "utf8") : null;
      },
      writeFile: (_file, contents) => {
        bytes = new Uint8Array(Buffer.from(contents));
      },
      listFiles: () => [],
    },
  );
  if (error || !bytes) throw new Error(stderr.toString(), { cause: error });
  const memory = new WebAssembly.Memory({ initial: pages });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return { ...(instance.exports as unknown as Exports), memory };
}
