import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { UnsupportedError } from "@xlm/core";
import { tryLoad } from "./ffi.js";

/** Files to open instead of those that are found. */
export interface LibraryFiles {
  /** The driver, `libcuda.so.1`. */
  cuda?: string;
  /** The compiler, `libnvrtc.so.12` or `.13`. */
  nvrtc?: string;
  /** The matrix products, `libcublasLt.so.12` or `.13`. */
  cublasLt?: string;
}

/** Releases of the toolkit that are known to work, the newest first. */
const MAJORS = [13, 12];

/** Folders where toolkits and distributions put libraries, `*` standing for any one name. */
const TOOLKITS = ["/usr/local/cuda/lib64", "/usr/local/cuda-*/lib64", "/opt/cuda/lib64", "/usr/lib/x86_64-linux-gnu"];
/** Where Python keeps packages, and where in them NVIDIA's wheels put a library. */
const PYTHONS = [
  "lib/python3*/site-packages",
  "lib/python3*/dist-packages",
  "local/lib/python3*/dist-packages",
  "lib64/python3*/site-packages",
];
const WHEELS = ["nvidia/cu13/lib", "nvidia/cuda_nvrtc/lib", "nvidia/cublas/lib"];
const PREFIXES = ["/usr", "/usr/local", "/opt/conda", "/opt/venv", path.join(os.homedir(), ".local"), ".venv", "venv"];

const PACKAGES = { nvrtc: "nvidia-cuda-nvrtc", cublasLt: "nvidia-cublas" } as const;

/** The folders that a pattern names: each `*` is one name, or the rest of one. */
function expand(pattern: string): string[] {
  const parts = pattern.split("/");
  const star = parts.findIndex((part) => part.includes("*"));
  if (star < 0) return fs.existsSync(pattern) ? [pattern] : [];
  const parent = parts.slice(0, star).join("/") || "/";
  const [start = "", end = ""] = (parts[star] as string).split("*");
  let names: string[] = [];
  try {
    names = fs.readdirSync(parent);
  } catch {
    return []; // no such folder
  }
  return names
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .sort()
    .reverse()
    .flatMap((name) => expand([parent, name, ...parts.slice(star + 1)].join("/")));
}

/** All folders that are looked in, those that were asked for first. */
export function libraryFolders(searchPaths: readonly string[]): string[] {
  const pythons = [...searchPaths, ...PREFIXES].flatMap((prefix) =>
    PYTHONS.flatMap((p) => expand(path.join(prefix, p))),
  );
  const wheels = pythons.flatMap((folder) => WHEELS.map((wheel) => path.join(folder, wheel)));
  const named = searchPaths.flatMap((folder) => [folder, path.join(folder, "lib64"), path.join(folder, "lib")]);
  return [...named, ...TOOLKITS.flatMap(expand), ...wheels].filter((folder) => fs.existsSync(folder));
}

interface Sought {
  name: string;
  /** Files by name or path, in order. */
  candidates: readonly string[];
  why: string;
  fix: string;
}

/** @throws UnsupportedError with everything that was tried. */
function open({ name, candidates, why, fix }: Sought): string {
  const tried: string[] = [];
  for (const file of candidates) {
    const problem = tryLoad(file);
    if (problem === null) return file;
    tried.push(`${file} (${problem.replace(/^Failed to load shared library: /, "").replace(`${file}: `, "")})`);
  }
  throw new UnsupportedError({ what: `${name} was not found; tried ${tried.join(", ")}`, why, fix });
}

/**
 * The driver's library.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) where there is none.
 */
export function findDriver(file?: string): string {
  return open({
    name: "NVIDIA's driver (libcuda)",
    candidates: file ? [file] : ["libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"],
    why: "it runs everything on the GPU, and comes with the driver alone",
    fix: "on a machine with an NVIDIA GPU install its driver (release 525 or later; under WSL in Windows, not in Linux), start containers with the NVIDIA container toolkit; elsewhere use another backend",
  });
}

/**
 * The compiler's or the products' library, of the newest release that the driver can run.
 * @param driverMajor the CUDA release that the driver was made for.
 * @param searchPaths folders to look in first: a toolkit, a Python prefix, or where the files lie.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) where there is none.
 */
export function findToolkit(
  which: "nvrtc" | "cublasLt",
  driverMajor: number,
  searchPaths: readonly string[],
  file?: string,
): string {
  const majors = MAJORS.filter((major) => major <= driverMajor);
  const names = majors.map((major) => `lib${which}.so.${major}`);
  const folders = libraryFolders(searchPaths);
  const found = names.flatMap((name) =>
    folders.map((folder) => path.join(folder, name)).filter((f) => fs.existsSync(f)),
  );
  const wheel = `${PACKAGES[which]}${driverMajor >= 13 ? "" : "-cu12"}`;
  return open({
    name: `lib${which} of CUDA ${majors.join(" or ")}`,
    candidates: file ? [file] : [...found, ...names],
    why: which === "nvrtc" ? "it compiles the kernels for the card at hand" : "matrix products run in it",
    fix: `install the CUDA toolkit, or \`pip install ${wheel}\`; where it lies elsewhere, name its folder in searchPaths or the file in libraries.${which} (looked in ${folders.join(", ") || "the loader's own folders"})`,
  });
}
