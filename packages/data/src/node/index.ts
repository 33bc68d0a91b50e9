export { openFile, type FileSource } from "./file.js";
