/** Node's process, where its modules are looked up instead of imported, so that this package loads in browsers too. */
export function nodeProcess(): NodeJS.Process | undefined {
  const { process: host } = globalThis as { process?: NodeJS.Process };
  return host && "getBuiltinModule" in host ? host : undefined;
}
