import { DataError, FormatError, MismatchError, OptionError, ShapeError, UnsupportedError } from "@xlm/core";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  encodeSafetensors,
  listCheckpoints,
  loadCheckpoint,
  nodeDisk,
  readSafetensorsFile,
  readSafetensorsHeader,
  saveCheckpoint,
  writeFileAtomic,
  writeSafetensorsFile,
  type Disk,
  type TensorData,
} from "./index.js";
import { manifestOf } from "./manifest.js";

let dir = "";
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-checkpoint-"))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** What was thrown, its message without the temporary folder and Node's long reasons. */
function errorOf(run: () => unknown): { error: unknown; message: string } {
  try {
    run();
  } catch (error) {
    return { error, message: (error as Error).message.replaceAll(dir, "DIR") };
  }
  throw new Error("nothing was thrown");
}

describe("writeFileAtomic", () => {
  it("writes a file, replaces it and leaves nothing beside it", () => {
    writeFileAtomic(`${dir}/a.txt`, bytes("one"));
    writeFileAtomic(`${dir}/a.txt`, bytes("two"));
    expect(fs.readFileSync(`${dir}/a.txt`, "utf8")).toBe("two");
    expect(fs.readdirSync(dir)).toEqual(["a.txt"]);
  });

  it("keeps the old file when writing fails", () => {
    writeFileAtomic(`${dir}/a.txt`, bytes("one"));
    const disk: Disk = {
      ...nodeDisk(),
      rename: () => {
        throw new Error("no more");
      },
    };
    expect(() => writeFileAtomic(`${dir}/a.txt`, bytes("two"), { disk })).toThrow("no more");
    expect(fs.readFileSync(`${dir}/a.txt`, "utf8")).toBe("one");
    expect(fs.readdirSync(dir)).toEqual(["a.txt"]);
  });

  it("goes into new folders whose names are durable", () => {
    const synced: string[] = [];
    const { fsyncSync, openSync } = fs;
    const opened = new Map<number, string>();
    vi.spyOn(fs, "openSync").mockImplementation((...args) => {
      const file = openSync(...args);
      opened.set(file, String(args[0]));
      return file;
    });
    vi.spyOn(fs, "fsyncSync").mockImplementation((file) => {
      synced.push(opened.get(file) ?? "");
      fsyncSync(file);
    });
    nodeDisk().makeFolder(`${dir}/a/b/c`);
    nodeDisk().makeFolder(`${dir}/a/b`);
    vi.restoreAllMocks();
    expect(synced).toEqual([`${dir}/a/b`, `${dir}/a`, dir]); // each folder that got a new one
  });

  it("writes in the current and in the root folder too", () => {
    const synced: string[] = [];
    const disk: Disk = {
      ...nodeDisk(),
      write: () => undefined,
      rename: () => undefined,
      sync: (folder) => synced.push(folder),
    };
    writeFileAtomic("a.txt", bytes("x"), { disk });
    writeFileAtomic("/a.txt", bytes("x"), { disk });
    writeFileAtomic("/b/c/a.txt", bytes("x"), { disk });
    expect(synced).toEqual([".", "/", "/b/c"]);
  });

  it("says why the system refused", () => {
    const { error, message } = errorOf(() => writeFileAtomic(`${dir}/none/a.txt`, bytes("x")));
    expect(error).toBeInstanceOf(DataError);
    expect(message.replace(/\.\d+\.tmp/, ".PID.tmp")).toMatchInlineSnapshot(
      `"DIR/none/a.txt.PID.tmp: it cannot be written (ENOENT): there is no such file or folder. Fix: check the path, its permissions and the room on the disk"`,
    );
  });
});

describe("safetensors files", () => {
  const tensors: Record<string, TensorData> = {
    weight: { dtype: "F32", shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) },
    ids: { dtype: "I32", shape: [3], data: new Int32Array([7, 8, 9]) },
  };

  it("come back as they were, whole or in part", () => {
    const file = `${dir}/model.safetensors`;
    writeSafetensorsFile(file, tensors, { format: "pt" });
    expect({ ...readSafetensorsFile(file).tensors }).toEqual(tensors);
    expect({ ...readSafetensorsFile(file, { names: ["ids"] }).tensors }).toEqual({ ids: tensors["ids"] });
    expect(readSafetensorsHeader(file).entries.get("weight")?.shape).toEqual([2, 2]);
    expect({ ...readSafetensorsHeader(file).metadata }).toEqual({ format: "pt" });
  });

  it("are read no further than asked", () => {
    const file = `${dir}/model.safetensors`;
    writeSafetensorsFile(file, tensors);
    const { begin, end } = readSafetensorsHeader(file).entries.get("ids")!;
    const reads: number[][] = [];
    const disk: Disk = {
      ...nodeDisk(),
      open: (name) => {
        const opened = nodeDisk().open(name);
        return {
          ...opened,
          read: (from, to) => {
            reads.push([from, to]);
            return opened.read(from, to);
          },
        };
      },
    };
    readSafetensorsFile(file, { names: ["ids"], disk });
    expect(reads.at(-1)).toEqual([begin, end]);
    expect(reads.slice(0, -1).every(([, to]) => (to as number) <= 8 + 200)).toBe(true); // header and its length alone
  });

  it("are refused when damaged, before what they claim is allocated", () => {
    const file = `${dir}/model.safetensors`;
    const whole = encodeSafetensors(tensors);
    fs.writeFileSync(file, whole.subarray(0, whole.length - 1));
    const { error, message } = errorOf(() => readSafetensorsFile(file));
    expect(error).toBeInstanceOf(FormatError);
    expect(message).toMatch(/^DIR\/model.safetensors: tensor "ids" ends at byte \d+ of \d+: the file is damaged/);
    const claim = whole.slice();
    new DataView(claim.buffer).setBigUint64(0, 2n ** 40n, true);
    fs.writeFileSync(file, claim);
    expect(() => readSafetensorsHeader(file)).toThrow(/its header claims 1099511627776 bytes/);
    fs.writeFileSync(file, "");
    expect(() => readSafetensorsFile(file)).toThrow(/it has 0 bytes/);
  });

  it("name the tensors that they lack", () => {
    const file = `${dir}/model.safetensors`;
    writeSafetensorsFile(file, tensors);
    const { error, message } = errorOf(() => readSafetensorsFile(file, { names: ["ids", "bias"] }));
    expect(error).toBeInstanceOf(MismatchError);
    expect(message).toMatchInlineSnapshot(
      `"DIR/model.safetensors: there is no tensor named bias: 1 of the 2 asked for are not among the 2 of the file. Fix: look at readSafetensorsHeader(path).entries for the names there are"`,
    );
    expect(() => readSafetensorsFile(file, { names: [..."abcdefg"] })).toThrow("named a, b, c, d, e, ...");
  });

  it("are not begun when a tensor does not fit", () => {
    const bad: TensorData = { dtype: "F32", shape: [5], data: new Float32Array(4) };
    expect(() => writeSafetensorsFile(`${dir}/bad`, { bad })).toThrow(ShapeError);
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  it("are named when they cannot be read", () => {
    expect(errorOf(() => readSafetensorsFile(`${dir}/none`)).message).toMatch(
      /^DIR\/none: it cannot be read \(ENOENT\)/,
    );
    expect(errorOf(() => readSafetensorsFile(dir)).message).toMatch(
      /^DIR: it cannot be read \(EISDIR\): it is a folder/,
    );
  });

  it("that shrink while they are read give an error", () => {
    fs.writeFileSync(`${dir}/short`, "abc");
    const file = nodeDisk().open(`${dir}/short`);
    expect(errorOf(() => file.read(0, 10)).message).toMatch(/it cannot be read \(the file ends at byte 3\)/);
    file.close();
  });
});

describe("checkpoints", () => {
  const save = (step: number, content: string, keep?: number | "all"): string =>
    saveCheckpoint(
      `${dir}/run`,
      { step, files: { "state.json": bytes(content) }, metadata: { vocab: "abc" } },
      keep === undefined ? {} : { keep },
    ).path;
  const load = (step?: number): string =>
    text(loadCheckpoint(`${dir}/run`, step === undefined ? {} : { step }).files["state.json"]);
  const steps = (): number[] => listCheckpoints(`${dir}/run`).map((place) => place.step);

  it("come back as they were saved", () => {
    const files = {
      "model.safetensors": new Uint8Array([1, 2, 3]),
      "state.json": bytes("{}"),
      empty: new Uint8Array(),
    };
    const place = saveCheckpoint(`${dir}/deep/run`, { step: 123, files, metadata: { vocab: "abc" } });
    expect(place).toEqual({ step: 123, revision: 1, path: `${dir}/deep/run/step-00000123` });
    const loaded = loadCheckpoint(`${dir}/deep/run`);
    expect({ ...loaded, files: { ...loaded.files } }).toEqual({
      ...place,
      files,
      metadata: { vocab: "abc" },
      skipped: [],
    });
  });

  it("carry a manifest of sizes and hashes", () => {
    const manifest = JSON.parse(fs.readFileSync(`${save(1, "abc")}/manifest.json`, "utf8")) as unknown;
    expect(manifest).toEqual({
      format: "xlm-checkpoint",
      version: 1,
      step: 1,
      files: [
        {
          name: "state.json",
          bytes: 3,
          sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", // FIPS 180-2, B.1
        },
      ],
      metadata: { vocab: "abc" },
    });
  });

  it("keep the last three, or as many as asked", () => {
    for (const step of [10, 20, 30, 40]) save(step, String(step));
    expect(steps()).toEqual([20, 30, 40]);
    save(50, "50", "all");
    expect(steps()).toEqual([20, 30, 40, 50]);
    save(60, "60", 1);
    expect(steps()).toEqual([60]);
    expect(fs.readdirSync(`${dir}/run`)).toEqual(["step-00000060"]);
  });

  it("are chosen by step", () => {
    save(10, "ten");
    save(20, "twenty");
    expect(load(10)).toBe("ten");
    expect(load()).toBe("twenty");
    expect(errorOf(() => load(15)).message).toMatchInlineSnapshot(
      `"DIR/run: there is no checkpoint of step 15: the folder holds steps 20, 10. Fix: choose one of those"`,
    );
  });

  it("saved by a run that went back are the newest", () => {
    save(10, "ten");
    save(20, "twenty");
    save(15, "fifteen, again");
    expect(load()).toBe("fifteen, again");
    save(20, "twenty, again");
    expect(load()).toBe("twenty, again");
    expect(load(20)).toBe("twenty, again");
    save(20, "twenty, a third time");
    expect(listCheckpoints(`${dir}/run`).map((place) => path.basename(place.path))).toEqual([
      "step-00000015-r2",
      "step-00000020-r2",
      "step-00000020-r3",
    ]);
  });

  it("that are torn or altered are passed over, and named", () => {
    save(10, "ten");
    save(20, "twenty");
    fs.writeFileSync(`${save(30, "thirty")}/state.json`, "THIRTY");
    fs.writeFileSync(`${dir}/run/step-00000020/state.json`, "twen");
    const loaded = loadCheckpoint(`${dir}/run`);
    expect(loaded.step).toBe(10);
    expect(loaded.skipped.map((error) => error.message.replaceAll(dir, "DIR"))).toMatchInlineSnapshot(`
      [
        "DIR/run/step-00000030/state.json: its SHA-256 is not that of the manifest: the checkpoint is torn or was altered. Fix: use an older checkpoint, or copy this one again",
        "DIR/run/step-00000020/state.json: it has 4 bytes and the manifest says 6: the checkpoint is torn or was altered. Fix: use an older checkpoint, or copy this one again",
      ]
    `);
    expect(errorOf(() => load(30)).message).toMatch(/step-00000030\/state.json: its SHA-256/);
  });

  it.each<[string, (at: string) => void, RegExp]>([
    ["a missing file", (at) => fs.rmSync(`${at}/state.json`), /state.json: it is missing/],
    ["a missing manifest", (at) => fs.rmSync(`${at}/manifest.json`), /manifest.json: it is missing/],
    ["half a manifest", (at) => fs.truncateSync(`${at}/manifest.json`, 20), /manifest.json: it is not JSON/],
    ["a huge manifest", (at) => fs.truncateSync(`${at}/manifest.json`, 2 ** 24 + 1), /it has 16777217 bytes/],
    ["null", (at) => fs.writeFileSync(`${at}/manifest.json`, "null"), /at its top: /],
    ["another format", (at) => alter(at, (m) => (m["format"] = "x")), /at format: /],
    ["a bad step", (at) => alter(at, (m) => (m["step"] = -1)), /at step: /],
    ["a bad hash", (at) => alter(at, (m) => (filesOf(m)[0]!["sha256"] = "00")), /at files.0.sha256: /],
    ["a bad size", (at) => alter(at, (m) => (filesOf(m)[0]!["bytes"] = 0.5)), /at files.0.bytes: /],
    ["a way out", (at) => alter(at, (m) => (filesOf(m)[0]!["name"] = "../state.json")), /at files.0.name: /],
    ["metadata of numbers", (at) => alter(at, (m) => (m["metadata"] = { a: 1 })), /at metadata: /],
  ])("with %s are refused", (_, spoil, message) => {
    const at = save(1, "one");
    spoil(at);
    const { error, message: found } = errorOf(() => load());
    expect(error).toBeInstanceOf(FormatError);
    expect(found).toMatch(message);
  });

  it("in a folder of another step's name are refused", () => {
    fs.renameSync(save(1, "one"), `${dir}/run/step-00000002`);
    const { error, message } = errorOf(() => load());
    expect(error).toBeInstanceOf(MismatchError);
    expect(message).toMatch(/the folder is named for step 2 and its manifest says 1/);
  });

  it("of a later release are not passed over", () => {
    save(1, "one");
    alter(save(2, "two"), (manifest) => (manifest["version"] = 2));
    const { error, message } = errorOf(() => load());
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(message).toMatchInlineSnapshot(
      `"DIR/run/step-00000002/manifest.json: the checkpoint has format version 2: this release reads version 1. Fix: update @xlm/checkpoint"`,
    );
  });

  it("are missing where there are none", () => {
    expect(listCheckpoints(`${dir}/run`)).toEqual([]);
    expect(errorOf(() => load()).message).toMatchInlineSnapshot(
      `"DIR/run: there is no checkpoint: the folder holds none. Fix: check the path, or start a new run"`,
    );
  });

  it("leave other files alone, and clean up after a dead process", () => {
    fs.mkdirSync(`${dir}/run/.tmp-step-00000001`, { recursive: true });
    fs.writeFileSync(`${dir}/run/.tmp-step-00000001/state.json`, "half");
    fs.writeFileSync(`${dir}/run/metrics.jsonl`, "{}");
    save(1, "one");
    expect(fs.readdirSync(`${dir}/run`).sort()).toEqual(["metrics.jsonl", "step-00000001"]);
  });

  it("keep files named like properties of objects", () => {
    const files = { constructor: bytes("a"), prototype: bytes("b") };
    saveCheckpoint(`${dir}/run`, { step: 1, files, metadata: { constructor: "c" } });
    const loaded = loadCheckpoint(`${dir}/run`);
    expect({ ...loaded.files }).toEqual(files);
    expect(loaded.metadata).toEqual({ constructor: "c" });
  });

  it("are refused before anything is written when an argument is bad", () => {
    const named =
      (name: string): (() => unknown) =>
      () =>
        saveCheckpoint(`${dir}/run`, { step: 1, files: { [name]: bytes("x") } });
    for (const name of ["", "a/b", "..", ".hidden", "a b", "-rf"]) expect(named(name)).toThrow(OptionError);
    expect(errorOf(named("manifest.json")).message).toMatchInlineSnapshot(
      `"a file of the checkpoint is named "manifest.json": there is another of that name, or saveCheckpoint writes it itself. Fix: choose another name"`,
    );
    expect(() => saveCheckpoint(`${dir}/run`, { step: 1, files: { a: bytes("x"), A: bytes("y") } })).toThrow(
      OptionError,
    );
    expect(() => save(-1, "x")).toThrow("step is -1");
    expect(() => save(1, "x", 0)).toThrow("keep is 0");
    expect(fs.readdirSync(dir)).toEqual([]);
  });
});

describe("without Node", () => {
  it("says so", () => {
    vi.stubGlobal("process", undefined);
    let found: unknown;
    try {
      nodeDisk();
    } catch (error) {
      found = error;
    } finally {
      vi.unstubAllGlobals();
    }
    expect(found).toBeInstanceOf(UnsupportedError);
    expect((found as Error).message).toMatchInlineSnapshot(
      `"files are asked for where there is no node:fs: browsers have no file system of that kind. Fix: use encodeSafetensors and decodeSafetensors on bytes, or pass a disk of your own"`,
    );
  });

  it("on Windows, does not open folders to make them durable", () => {
    vi.stubGlobal("process", Object.create(process, { platform: { value: "win32" } }));
    try {
      expect(() => nodeDisk().sync(`${dir}/none`)).not.toThrow();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

const filesOf = (manifest: Record<string, unknown>): Record<string, unknown>[] =>
  manifest["files"] as Record<string, unknown>[];

function alter(at: string, change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(text(manifestOf(1, { "state.json": bytes("one") }, {}))) as Record<string, unknown>;
  change(manifest);
  fs.writeFileSync(`${at}/manifest.json`, JSON.stringify(manifest));
}
