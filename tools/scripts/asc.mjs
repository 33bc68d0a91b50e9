// Compiles AssemblyScript for the packages that ship WebAssembly inside their JavaScript.
import fs from "node:fs";
import path from "node:path";
import asc from "assemblyscript/asc";

/**
 * Compiles assembly/index.ts of the package at `root`. Ends the process with the compiler's messages if that fails.
 * @param {string} root folder of the package.
 * @param {readonly string[]} features of WebAssembly that may be used.
 * @param {readonly string[]} flags besides those that all modules share.
 * @returns {Promise<Buffer>} the module.
 */
export async function compileAssembly(root, features, flags) {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      ...["assembly/index.ts", "--outFile", "module.wasm", "--enable", features.join(",")],
      ...["-O3", "--noAssert", "--converge", "--runtime", "stub", "--use", "abort=", ...flags],
    ],
    {
      readFile: (file, base) => {
        const at = path.resolve(root, base, file);
        return fs.existsSync(at) ? fs.readFileSync(at, "utf8") : null;
      },
      writeFile: (_file, contents) => {
        bytes = Buffer.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  return bytes;
}
