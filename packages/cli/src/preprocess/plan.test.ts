import { describe, expect, it } from "vitest";
import { decide, orphans } from "./plan.js";
import type { FileRecord, Piece } from "./state.js";

const file = (name: string): FileRecord => ({ file: name, size: 1, sha256: "0".repeat(64) });
const part = (...names: string[]): Piece["parts"][number] => ({ files: names.map(file), facts: null });
const piece = (finished: boolean, ...parts: Piece["parts"]): Piece => ({
  from: { codes: "c", text: "t" },
  finished,
  parts,
});
const from = { codes: "c", text: "t" };
const all = (): boolean => true;
const without =
  (...names: string[]) =>
  ({ file: name }: FileRecord): boolean =>
    !names.includes(name);

describe("a piece", () => {
  it("is made when there is none yet", () => {
    expect(decide(from, undefined, all)).toEqual({ do: "make", because: "new" });
  });

  it("is kept when it is finished, made from the same, and all there", () => {
    expect(decide(from, piece(true, part("a"), part("b")), all)).toEqual({ do: "keep" });
    expect(decide({ text: "t", codes: "c" }, piece(true, part("a")), all)).toEqual({ do: "keep" });
  });

  it("is made again when what it is made from changed, was added or taken away, and says what", () => {
    const old = piece(true, part("a"));
    expect(decide({ ...from, codes: "d" }, old, all)).toEqual({ do: "make", because: "codes changed" });
    expect(decide({ ...from, more: "m" }, old, all)).toEqual({ do: "make", because: "more changed" });
    expect(decide({ codes: "c" }, old, all)).toEqual({ do: "make", because: "text changed" });
  });

  it("goes on behind its last finished part", () => {
    const parts = [part("a"), part("b")];
    expect(decide(from, piece(false, ...parts), all)).toEqual({ do: "go on", parts, because: "interrupted" });
    expect(decide(from, piece(false), all)).toEqual({ do: "make", because: "interrupted" });
  });

  it("is made again from the first damaged part on", () => {
    const old = piece(true, part("a1", "a2"), part("b1", "b2"), part("c1", "c2"));
    expect(decide(from, old, without("b2", "c1"))).toEqual({
      do: "go on",
      parts: old.parts.slice(0, 1),
      because: "b2 is missing or damaged",
    });
    expect(decide(from, old, without("a1"))).toEqual({ do: "make", because: "a1 is missing or damaged" });
  });
});

it("orphans are files of pieces that are gone and shapes of our own; never what others put there", () => {
  const before = { "train.en": piece(true, part("train.en.000.safetensors")), codes: piece(true, part("codes")) };
  const now = { codes: piece(true, part("codes")), "valid.en": piece(true, part("valid.en.000.safetensors")) };
  const present = [
    "codes",
    "train.en.000.safetensors",
    "train.en.001.safetensors",
    "valid.en.000.safetensors",
    "valid.en.001.safetensors",
    "test.en-fr.en.007.safetensors",
    "preprocess.json.4711.tmp",
    "notes.txt",
    "train.en.safetensors",
    "model.safetensors",
  ];
  expect(orphans(present, before, now)).toEqual([
    "train.en.000.safetensors",
    "train.en.001.safetensors",
    "valid.en.001.safetensors",
    "test.en-fr.en.007.safetensors",
    "preprocess.json.4711.tmp",
  ]);
});
