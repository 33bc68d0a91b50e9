import fc from "fast-check";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Killed, MemoryDisk } from "../test/memory-disk.js";
import {
  listCheckpoints,
  loadCheckpoint,
  nodeDisk,
  readSafetensorsFile,
  saveCheckpoint,
  writeFileAtomic,
  writeSafetensorsFile,
  type Checkpoint,
  type Disk,
  type LoadedCheckpoint,
} from "./index.js";

const contents = fc.uint8Array({ maxLength: 40 });
const names = fc.constantFrom("model.safetensors", "state.json", "constructor", "a", "b_1", "c-2");
const files = fc.dictionary(names, contents, { minKeys: 1 });
const metadata = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { maxKeys: 3 });
const checkpoint: fc.Arbitrary<Required<Checkpoint>> = fc.record({ step: fc.nat(1e6), files, metadata });

const contentOf = ({ step, files: content, metadata: texts }: LoadedCheckpoint | Required<Checkpoint>): unknown => ({
  step,
  files: { ...content },
  metadata: { ...texts },
});

describe("checkpoints", () => {
  it("load as they were saved", () => {
    fc.assert(
      fc.property(checkpoint, (saved) => {
        const disk = new MemoryDisk();
        saveCheckpoint("run", saved, { disk });
        expect(contentOf(loadCheckpoint("run", { disk }))).toEqual(contentOf(saved));
      }),
    );
  });

  it("the one saved last is the newest, whatever its step, and `keep` are kept", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(checkpoint, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 12 }),
        (saves) => {
          const disk = new MemoryDisk();
          let kept = 0;
          for (const [saved, keep] of saves) {
            const place = saveCheckpoint("run", saved, { disk, keep });
            kept = Math.min(kept + 1, keep);
            expect(listCheckpoints("run", { disk }).length).toBe(kept);
            expect(listCheckpoints("run", { disk }).at(-1)).toEqual(place);
            expect(contentOf(loadCheckpoint("run", { disk }))).toEqual(contentOf(saved));
          }
        },
      ),
    );
  });

  it("survive a kill or a power cut at every single change that a save makes", () => {
    fc.assert(
      fc.property(
        fc.array(checkpoint, { minLength: 1, maxLength: 4 }),
        checkpoint,
        checkpoint,
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (earlier, second, third, keep, powerCut) => {
          for (let change = 0, done = false; !done; change++) {
            const disk = new MemoryDisk();
            for (const saved of earlier) saveCheckpoint("run", saved, { disk, keep });
            disk.killAfter(change);
            try {
              saveCheckpoint("run", second, { disk, keep });
              done = true;
            } catch (error) {
              expect(error).toBeInstanceOf(Killed);
            }
            disk.restart(powerCut);
            const former = contentOf(earlier.at(-1) as Required<Checkpoint>);
            const loaded = contentOf(loadCheckpoint("run", { disk }));
            expect(done ? [contentOf(second)] : [former, contentOf(second)]).toContainEqual(loaded);
            saveCheckpoint("run", third, { disk, keep: "all" });
            expect(contentOf(loadCheckpoint("run", { disk }))).toEqual(contentOf(third));
            expect(disk.list("run").filter((name) => name.startsWith(".tmp-"))).toEqual([]);
            for (const { step } of listCheckpoints("run", { disk })) loadCheckpoint("run", { disk, step }); // all whole
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("survive failures at every change on a real disk", () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-kill-"));
    try {
      const saved = (step: number): Required<Checkpoint> => ({
        step,
        files: { "a.bin": new Uint8Array(1000).fill(step), "b.bin": new Uint8Array(step) },
        metadata: {},
      });
      let failures = 0;
      for (let failAt = 0, done = false; !done; failAt++) {
        const run = `${dir}/${failAt}`;
        saveCheckpoint(run, saved(1), { keep: 1 });
        try {
          saveCheckpoint(run, saved(2), { keep: 1, disk: failing(failAt) });
          done = true;
        } catch (error) {
          expect(error).toBeInstanceOf(Killed);
          failures++;
        }
        const loaded = contentOf(loadCheckpoint(run));
        expect([contentOf(saved(1)), contentOf(saved(2))]).toContainEqual(loaded);
      }
      expect(failures).toBeGreaterThan(8); // two files, a manifest, folders, renames, removal
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });

  it("with any byte of any file changed are not loaded", () => {
    fc.assert(
      fc.property(
        checkpoint,
        checkpoint,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (first, second, where, change) => {
          const disk = new MemoryDisk();
          saveCheckpoint("run", first, { disk });
          const { path: at } = saveCheckpoint("run", second, { disk });
          const spoilable = Object.keys(second.files).filter((name) => second.files[name]!.length > 0);
          fc.pre(spoilable.length > 0);
          const name = spoilable[where % spoilable.length] as string;
          const spoilt = second.files[name]!.slice();
          spoilt[where % spoilt.length]! ^= change;
          disk.write(`${at}/${name}`, spoilt);
          const loaded = loadCheckpoint("run", { disk });
          expect(contentOf(loaded)).toEqual(contentOf(first));
          expect(loaded.skipped[0]?.message).toContain(name);
        },
      ),
    );
  });
});

/** Node's disk, from the `failAt`-th change on dead; that change is done by half where it can be. */
function failing(failAt: number): Disk {
  const real = nodeDisk();
  let changes = 0;
  const change = (run: () => void, half: () => void = () => undefined): void => {
    const at = changes++;
    if (at < failAt) return run();
    if (at === failAt) half();
    throw new Killed();
  };
  return {
    ...real,
    makeFolder: (folder) => change(() => real.makeFolder(folder)),
    write: (name, bytes) =>
      change(
        () => real.write(name, bytes),
        () => real.write(name, bytes.subarray(0, bytes.length / 2)),
      ),
    rename: (from, to) => change(() => real.rename(from, to)),
    sync: (folder) => change(() => real.sync(folder)),
    remove: (name) =>
      change(
        () => real.remove(name),
        () =>
          real
            .list(name)
            .slice(0, 1)
            .forEach((first) => real.remove(`${name}/${first}`)),
      ),
  };
}

describe("writeFileAtomic", () => {
  it("leaves the old file or the new one, whenever the process dies or the power fails", () => {
    fc.assert(
      fc.property(contents, contents, fc.boolean(), (before, after, powerCut) => {
        for (let change = 0, done = false; !done; change++) {
          const disk = new MemoryDisk();
          disk.makeFolder("run");
          writeFileAtomic("run/f", before, { disk });
          disk.killAfter(change);
          try {
            writeFileAtomic("run/f", after, { disk });
            done = true;
          } catch (error) {
            expect(error).toBeInstanceOf(Killed);
          }
          disk.restart(powerCut);
          const file = disk.open("run/f");
          expect(done ? [after] : [before, after]).toContainEqual(file.read(0, file.size));
        }
      }),
    );
  });
});

describe("safetensors files", () => {
  it("keep every bit, NaN payloads included", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.array(fc.nat(0xffffffff))), (table) => {
        fc.pre(!Object.hasOwn(table, "__metadata__"));
        const disk = new MemoryDisk();
        const tensors = Object.fromEntries(
          Object.entries(table).map(([name, words]) => [
            name,
            { dtype: "F32" as const, shape: [words.length], data: new Float32Array(new Uint32Array(words).buffer) },
          ]),
        );
        writeSafetensorsFile("f", tensors, {}, { disk });
        const read = readSafetensorsFile("f", { disk }).tensors;
        for (const [name, words] of Object.entries(table)) {
          expect([...new Uint32Array(read[name]!.data.buffer as ArrayBuffer)]).toEqual(words);
        }
      }),
    );
  });
});
