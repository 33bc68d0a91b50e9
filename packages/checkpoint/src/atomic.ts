import { nodeDisk, type Disk, type DiskOptions } from "./disk.js";

/**
 * Writes a file completely or not at all: a temporary file beside it, its bytes made durable, renamed over the old one, the
 * folder made durable. Whoever reads meanwhile, or after a crash, finds the old file or the new one.
 * @param path the folder must exist. A link is replaced by a file.
 * @throws DataError (`XLM_DATA`) with the path and the system's reason; UnsupportedError (`XLM_UNSUPPORTED`) in a browser.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array, options: DiskOptions = {}): void {
  const disk = options.disk ?? nodeDisk();
  const temporary = `${path}.${disk.writer}.tmp`;
  cleanly(disk, temporary, () => {
    disk.write(temporary, bytes);
    disk.rename(temporary, path);
  });
  disk.sync(folderOf(path));
}

/** Runs, and removes `temporary` on failure. */
export function cleanly(disk: Disk, temporary: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    try {
      disk.remove(temporary);
    } catch {
      // The first failure is the one to report.
    }
    throw error;
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}
