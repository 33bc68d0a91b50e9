import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { libraryFolders } from "./driver/libraries.js";
import { registerCudaBackend } from "./index.js";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-libraries-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const folder = (name: string): string => {
  fs.mkdirSync(path.join(dir, name), { recursive: true });
  return path.join(dir, name);
};

describe("libraryFolders", () => {
  it("finds a toolkit's folder, and NVIDIA's wheels under a Python prefix, the newest Python first", () => {
    const toolkit = folder("cuda/lib64");
    const old = folder("env/lib/python3.11/site-packages/nvidia/cublas/lib");
    const wheels = ["cuda_nvrtc/lib", "cu13/lib"].map((name) =>
      folder(`env/lib/python3.12/site-packages/nvidia/${name}`),
    );
    const found = libraryFolders([path.join(dir, "cuda"), path.join(dir, "env")]);
    const places = [toolkit, wheels[1], wheels[0], old].map((name) => found.indexOf(name as string));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it("looks in no folder that is not there", () => {
    expect(libraryFolders([path.join(dir, "nowhere")]).every((name) => fs.existsSync(name))).toBe(true);
  });
});

it("says what was looked for where there is no driver, and what to do", async () => {
  const libraries = { cuda: path.join(dir, "libcuda.so.1") };
  await expect(registerCudaBackend({ libraries })).rejects.toMatchObject({
    code: "XLM_UNSUPPORTED",
    what: expect.stringContaining(`tried ${libraries.cuda} (`),
    fix: expect.stringContaining("install its driver"),
  });
});

it.runIf(process.platform === "linux")("refuses a library that is another one", async () => {
  await expect(registerCudaBackend({ libraries: { cuda: "libc.so.6" } })).rejects.toMatchObject({
    code: "XLM_UNSUPPORTED",
    what: "libc.so.6 has no function cuInit",
  });
});
