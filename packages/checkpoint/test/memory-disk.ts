import type { Disk } from "../src/index.js";

interface File {
  readonly kind: "file";
  data: Uint8Array;
  durable: Uint8Array;
}
interface Folder {
  readonly kind: "folder";
  entries: Map<string, File | Folder>;
  durable: Map<string, File | Folder>;
}

/** What the disk throws from the moment its process was killed. */
export class Killed extends Error {}

/**
 * A disk in memory on which a process can be killed at any change, and that forgets what was not made durable when the plug
 * is pulled. The change at which it is killed is done by half.
 */
export class MemoryDisk implements Disk {
  readonly writer = "1";
  /** Changes made so far. */
  changes = 0;
  private killAt = Infinity;
  private readonly root: Folder = { kind: "folder", entries: new Map(), durable: new Map() };

  /** The process dies at the `change`-th change from now, counted from 0. */
  killAfter(change: number): void {
    this.killAt = this.changes + change;
  }

  /** A new process finds what the dead one left; after a power cut, only what was durable. */
  restart(powerCut: boolean): void {
    this.killAt = Infinity;
    if (powerCut) forget(this.root);
  }

  list(folder: string): string[] {
    const node = this.find(folder);
    return node?.kind === "folder" ? [...node.entries.keys()] : [];
  }

  makeFolder(folder: string): void {
    if (this.isKilled()) throw new Killed();
    let at = this.root;
    for (const part of partsOf(folder)) {
      const made = at.entries.get(part) ?? { kind: "folder", entries: new Map(), durable: new Map() };
      at.entries.set(part, made);
      at.durable.set(part, made);
      at = made as Folder;
    }
  }

  write(path: string, bytes: Uint8Array): void {
    const killed = this.isKilled();
    if (killed === "before") throw new Killed();
    const data = killed ? bytes.slice(0, bytes.length / 2) : bytes.slice();
    const [folder, name] = this.place(path);
    folder.entries.set(name, { kind: "file", data, durable: killed ? new Uint8Array() : data });
    if (killed) throw new Killed();
  }

  rename(from: string, to: string): void {
    if (this.isKilled()) throw new Killed();
    const [source, name] = this.place(from);
    const [target, newName] = this.place(to);
    const old = target.entries.get(newName);
    if (old?.kind === "folder" && old.entries.size > 0) throw new Error(`${to} is a folder with files in it`);
    target.entries.set(newName, source.entries.get(name) as File | Folder);
    source.entries.delete(name);
  }

  sync(folder: string): void {
    if (this.isKilled()) throw new Killed();
    const node = this.find(folder) as Folder;
    node.durable = new Map(node.entries);
  }

  remove(path: string): void {
    const killed = this.isKilled();
    if (killed === "before") throw new Killed();
    const node = this.find(path);
    if (node?.kind === "folder" && killed) node.entries.delete([...node.entries.keys()][0] ?? "");
    if (killed) throw new Killed();
    const [folder, name] = this.place(path);
    folder.entries.delete(name);
  }

  open(path: string): ReturnType<Disk["open"]> {
    const { data } = this.find(path) as File;
    return { size: data.length, read: (begin, end) => data.slice(begin, end), close: () => undefined };
  }

  /** Whether the process dies in this change, or did before. */
  private isKilled(): false | "now" | "before" {
    const change = this.changes++;
    return change < this.killAt ? false : change === this.killAt ? "now" : "before";
  }

  private find(path: string): File | Folder | undefined {
    let at: File | Folder | undefined = this.root;
    for (const part of partsOf(path)) at = at?.kind === "folder" ? at.entries.get(part) : undefined;
    return at;
  }

  private place(path: string): [Folder, string] {
    const parts = partsOf(path);
    const name = parts.pop() as string;
    return [this.find(parts.join("/")) as Folder, name];
  }
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "" && part !== ".");

function forget(folder: Folder): void {
  folder.entries = new Map(folder.durable);
  for (const node of folder.entries.values()) {
    if (node.kind === "folder") forget(node);
    else node.data = node.durable;
  }
}
