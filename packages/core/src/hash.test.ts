import { afterEach, describe, expect, it, vi } from "vitest";
import { createSha256, sha256Hex } from "./index.js";

afterEach(() => vi.unstubAllGlobals());

describe("sha256Hex", () => {
  // FIPS 180-2, appendix B.1
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  it("agrees with the standard's example, on text and on bytes", () => {
    expect(sha256Hex("abc")).toBe(abc);
    expect(sha256Hex(new TextEncoder().encode("abc"))).toBe(abc);
  });

  it("is the same where there is no Node", () => {
    const here = sha256Hex("el árbol 🌳");
    vi.stubGlobal("process", undefined);
    expect(sha256Hex("abc")).toBe(abc);
    expect(sha256Hex("el árbol 🌳")).toBe(here);
  });
});

describe("createSha256", () => {
  const pieces = ["", "el ", "árbol", " 🌳"].map((text) => new TextEncoder().encode(text));
  const hashed = (): string => {
    const hash = createSha256();
    for (const piece of pieces) hash.update(piece);
    return hash.digest();
  };

  it("does not mind how the bytes are cut, with Node or without", () => {
    const whole = sha256Hex("el árbol 🌳");
    expect(hashed()).toBe(whole);
    vi.stubGlobal("process", undefined);
    expect(hashed()).toBe(whole);
  });
});
