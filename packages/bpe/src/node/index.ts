export { runCommand, type CommandIo } from "./command.js";
export { countFiles } from "./count-files.js";
export { applyFile, applyStream, type Applied, type ApplyFileOptions, type ApplyOptions } from "./apply-file.js";
export type { Progress, WorkOptions } from "./options.js";
