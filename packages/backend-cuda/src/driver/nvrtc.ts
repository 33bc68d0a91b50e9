import { CudaError } from "./errors.js";
import { bind, nativeStrings } from "./ffi.js";

const SIGNATURES = {
  nvrtcVersion: "int: ptr ptr",
  nvrtcGetNumSupportedArchs: "int: ptr",
  nvrtcGetSupportedArchs: "int: ptr",
  nvrtcCreateProgram: "int: ptr str str int ptr ptr",
  nvrtcDestroyProgram: "int: ptr",
  nvrtcCompileProgram: "int: u64 int ptr",
  nvrtcGetProgramLogSize: "int: u64 ptr",
  nvrtcGetProgramLog: "int: u64 ptr",
  nvrtcGetCUBINSize: "int: u64 ptr",
  nvrtcGetCUBIN: "int: u64 ptr",
  nvrtcGetPTXSize: "int: u64 ptr",
  nvrtcGetPTX: "int: u64 ptr",
} as const;

const NAMES: Readonly<Record<number, string>> = {
  1: "NVRTC_ERROR_OUT_OF_MEMORY",
  3: "NVRTC_ERROR_INVALID_INPUT",
  5: "NVRTC_ERROR_INVALID_OPTION",
  6: "NVRTC_ERROR_COMPILATION",
  7: "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE",
};

const LOG_SHOWN = 2000;

/** NVIDIA's compiler of CUDA C text. */
export interface Compiler {
  /** Major and minor version, as in `12.8`. */
  readonly version: string;
  readonly major: number;
  /**
   * Machine code for a compute capability such as 90, or, for a card newer than this compiler, PTX that the driver translates.
   * @throws CudaError (`XLM_CUDA`) with the compiler's words.
   */
  compile(name: string, text: string, capability: number): Uint8Array;
  /** What decides the result beside text: to be part of a cache's key. */
  optionsFor(capability: number): readonly string[];
}

/** Opens libnvrtc. @throws Error when the file or a function is not there. */
export function loadCompiler(file: string): Compiler {
  const nvrtc = bind(file, SIGNATURES);
  const check = (call: string, status: number, log = ""): void => {
    if (status === 0) return;
    const name = NAMES[status] ?? `NVRTC error ${status}`;
    throw new CudaError(
      {
        what: `${call} failed with ${name}${log ? `:\n${log.slice(0, LOG_SHOWN)}` : ""}`,
        why: "the kernels are compiled for the card at hand when they are first used",
        fix: `use another release of libnvrtc than ${file}; where the text itself is refused, that is a mistake of ours to report`,
      },
      status,
      name,
    );
  };
  const sized = (what: "ProgramLog" | "CUBIN" | "PTX", program: bigint): Uint8Array => {
    const size = new BigUint64Array(1);
    check(`nvrtcGet${what}Size`, nvrtc[`nvrtcGet${what}Size`](program, size) as number);
    const bytes = new Uint8Array(Number(size[0]));
    check(`nvrtcGet${what}`, nvrtc[`nvrtcGet${what}`](program, bytes) as number);
    return bytes;
  };
  const [major, minor, count] = [new Int32Array(1), new Int32Array(1), new Int32Array(1)];
  check("nvrtcVersion", nvrtc.nvrtcVersion(major, minor) as number);
  check("nvrtcGetNumSupportedArchs", nvrtc.nvrtcGetNumSupportedArchs(count) as number);
  const known = new Int32Array(count[0] as number);
  check("nvrtcGetSupportedArchs", nvrtc.nvrtcGetSupportedArchs(known) as number);

  const optionsFor = (capability: number): string[] => {
    const arch = known.includes(capability)
      ? `sm_${capability}`
      : `compute_${Math.max(...known.filter((each) => each < capability))}`;
    return [`--gpu-architecture=${arch}`, "--std=c++17"];
  };
  return {
    version: `${major[0]}.${minor[0]}`,
    major: major[0] as number,
    optionsFor,
    compile(name, text, capability) {
      const handle = new BigUint64Array(1);
      check("nvrtcCreateProgram", nvrtc.nvrtcCreateProgram(handle, text, `${name}.cu`, 0, null, null) as number);
      try {
        const program = handle[0] as bigint;
        const options = optionsFor(capability);
        const status = nvrtc.nvrtcCompileProgram(program, options.length, nativeStrings(options)) as number;
        const log = status === 0 ? "" : new TextDecoder().decode(sized("ProgramLog", program)).replace(/\0+$/, "");
        check(`compiling ${name}`, status, log);
        return sized(known.includes(capability) ? "CUBIN" : "PTX", program);
      } finally {
        nvrtc.nvrtcDestroyProgram(handle);
      }
    },
  };
}
