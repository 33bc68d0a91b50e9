// NVRTC: the host's compiler on the program's text, with the emulator's header before it. A "cubin" is the shared
// object that comes out.
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "calls.h"
#include "export.h"
#include "temporary.h"

extern char** environ;

namespace xlm {
namespace {

enum NvrtcResult : int {
  NVRTC_SUCCESS = 0,
  NVRTC_ERROR_OUT_OF_MEMORY = 1,
  NVRTC_ERROR_INVALID_INPUT = 3,
  NVRTC_ERROR_INVALID_PROGRAM = 4,
  NVRTC_ERROR_INVALID_OPTION = 5,
  NVRTC_ERROR_COMPILATION = 6,
};

constexpr int architectures[] = {75, 80, 86, 89, 90};

// Some of these are about what the checks see, not about speed: vectors are copied whole, and neighbouring scalars are
// not merged into what would look like a vector.
const char* const compilerFlags[] = {"-std=c++17",
                                     "-O2",
                                     "-w",
                                     "-fPIC",
                                     "-shared",
                                     "-nodefaultlibs",
                                     "-fno-exceptions",
                                     "-fno-rtti",
                                     "-fno-plt",
                                     "-fno-semantic-interposition",
                                     "-ffp-contract=on",
                                     "-fno-tree-vectorize",
                                     "-fno-store-merging",
                                     "-fno-tree-sra",
                                     "-fno-ipa-sra",
                                     "-fno-tree-loop-distribute-patterns",
                                     "-fsanitize=thread",
                                     "--param",
                                     "tsan-instrument-func-entry-exit=0",
                                     "-fdiagnostics-color=never",
                                     "-DXLM_CUDA_EMULATOR=1",
                                     "-Wl,-z,now",
                                     "-Wl,-Bsymbolic"};

const char* const headers[] = {"cuda_emulator.h", "cuda_emulator_types.h", "cuda_emulator_math.h",
                               "cuda_emulator_sync.h"};

struct Program {
  std::string text;
  std::string name;
  std::string log;
  std::string image;
  bool compiled = false;
  bool portable = false;
};

std::unordered_map<const void*, std::unique_ptr<Program>> programs;

Program* programOf(const void* handle) {
  const auto it = programs.find(handle);
  return it == programs.end() ? nullptr : it->second.get();
}

std::string findLibrary() {
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&findLibrary), &info) == 0) return "";
  std::unique_ptr<char, decltype(&free)> absolute(realpath(info.dli_fname, nullptr), &free);
  return absolute == nullptr ? info.dli_fname : absolute.get();
}

// Looked up once, lest the working directory be another by then.
const std::string& libraryPath() {
  static const std::string path = findLibrary();
  return path;
}

std::string libraryFolder() {
  const std::string& path = libraryPath();
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// FNV-1a over all that decides what a compiled kernel looks like.
int fingerprint() {
  uint32_t hash = 2166136261u;
  const auto add = [&](const std::string& text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  };
  for (const char* header : headers) add(readFile(libraryFolder() + "/" + header));
  for (const char* flag : compilerFlags) add(flag);
  return static_cast<int>(hash % 1000000);
}

struct Options {
  std::vector<std::string> passed;
  int architecture = 75;
  bool portable = true;
  std::string refused;
};

bool startsWith(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

bool readArchitecture(const std::string& value, Options& options) {
  const bool real = startsWith(value, "sm_");
  if (!real && !startsWith(value, "compute_")) return false;
  const std::string digits = value.substr(value.find('_') + 1);
  for (const int architecture : architectures) {
    if (digits != std::to_string(architecture)) continue;
    options.architecture = architecture;
    options.portable = !real;
    return true;
  }
  return false;
}

bool readOption(const std::string& option, Options& options) {
  for (const char* start : {"--gpu-architecture=", "-arch="}) {
    if (startsWith(option, start)) return readArchitecture(option.substr(strlen(start)), options);
  }
  if (startsWith(option, "-D") && option.size() > 2) {
    options.passed.push_back(option);
    return true;
  }
  if (startsWith(option, "--define-macro=")) {
    options.passed.push_back("-D" + option.substr(15));
    return true;
  }
  if (startsWith(option, "--fmad=") || startsWith(option, "-fmad=")) return true;
  return option == "--std=c++17" || option == "-std=c++17" || option == "-default-device" ||
         option == "--device-as-default-execution-space";
}

Options readOptions(int count, const char* const* given) {
  Options options;
  // As with NVRTC, -D may stand apart from its macro.
  for (int i = 0; i < count && options.refused.empty(); i++) {
    std::string option = given[i];
    if (option == "-D" && i + 1 < count) option += given[++i];
    if (!readOption(option, options)) options.refused = option;
  }
  return options;
}

bool runCompiler(const std::vector<std::string>& words, const std::string& logPath) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, logPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    const std::string message = std::string("cannot run ") + arguments[0] + ": " + strerror(failed) + "\n";
    writeFile(logPath, message.data(), message.size());
    return false;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool compile(Program& program, const Options& options) {
  TemporaryFolder folder;
  const std::string source = folder.file("program.cpp"), output = folder.file("program.so"), log = folder.file("log");
  // So that messages speak of the program by its name and of the lines as they were given.
  const std::string text = "#line 1 \"" + program.name + "\"\n" + program.text;
  if (!writeFile(source, text.data(), text.size())) {
    program.log = "cannot write " + source + "\n";
    return false;
  }
  const char* compiler = getenv("XLM_CUDA_EMULATOR_CXX");
  std::vector<std::string> words{compiler != nullptr && *compiler != 0 ? compiler : "g++"};
  words.insert(words.end(), std::begin(compilerFlags), std::end(compilerFlags));
  words.push_back("-D__CUDA_ARCH__=" + std::to_string(options.architecture * 10));
  words.push_back("-DXLM_PORTABLE=" + std::to_string(options.portable ? 1 : 0));
  words.insert(words.end(), options.passed.begin(), options.passed.end());
  words.insert(words.end(), {"-include", libraryFolder() + "/" + headers[0], source, "-o", output});
  // The kernel names this library as one it needs; when it is loaded, that is found in the process by its soname.
  words.insert(words.end(), {libraryPath(), "-lm", "-lc"});
  const bool good = runCompiler(words, log);
  program.log = readFile(log);
  if (good) program.image = readFile(output);
  return good && !program.image.empty();
}

// Results go out as NVRTC's do: the size first, then the bytes into the caller's memory.
int give(void* to, const std::string& bytes) {
  if (to == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  memcpy(to, bytes.data(), bytes.size());
  return NVRTC_SUCCESS;
}

}  // namespace
}  // namespace xlm

using namespace xlm;

#define XLM_PROGRAM(handle)                  \
  xlm::Program* program = programOf(handle); \
  if (program == nullptr) return NVRTC_ERROR_INVALID_PROGRAM

XLM_EXPORT int nvrtcVersion(int* major, int* minor) {
  XLM_COUNT(nvrtcVersion);
  if (major == nullptr || minor == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  static const int number = fingerprint();
  *major = 99;
  *minor = number;
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcGetNumSupportedArchs(int* count) {
  XLM_COUNT(nvrtcGetNumSupportedArchs);
  if (count == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  *count = static_cast<int>(std::size(architectures));
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcGetSupportedArchs(int* supported) {
  XLM_COUNT(nvrtcGetSupportedArchs);
  if (supported == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  std::copy(std::begin(architectures), std::end(architectures), supported);
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcCreateProgram(void** handle, const char* text, const char* name, int headerCount,
                                  const char* const*, const char* const*) {
  XLM_COUNT(nvrtcCreateProgram);
  if (handle == nullptr || text == nullptr || headerCount != 0) return NVRTC_ERROR_INVALID_INPUT;
  auto program = std::make_unique<Program>();
  program->text = text;
  program->name = name == nullptr || *name == 0 ? "default_program" : name;
  *handle = program.get();
  programs[program.get()] = std::move(program);
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcDestroyProgram(void** handle) {
  XLM_COUNT(nvrtcDestroyProgram);
  if (handle == nullptr || programs.erase(*handle) == 0) return NVRTC_ERROR_INVALID_PROGRAM;
  *handle = nullptr;
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcCompileProgram(void* handle, int count, const char* const* given) {
  XLM_COUNT(nvrtcCompileProgram);
  XLM_PROGRAM(handle);
  const Options options = readOptions(count, given);
  if (!options.refused.empty()) {
    program->log = "error: unrecognized option " + options.refused + " found\n";
    return NVRTC_ERROR_INVALID_OPTION;
  }
  program->portable = options.portable;
  program->compiled = compile(*program, options);
  return program->compiled ? NVRTC_SUCCESS : NVRTC_ERROR_COMPILATION;
}

XLM_EXPORT int nvrtcGetCUBINSize(void* handle, size_t* bytes) {
  XLM_COUNT(nvrtcGetCUBINSize);
  XLM_PROGRAM(handle);
  if (bytes == nullptr || !program->compiled) return NVRTC_ERROR_INVALID_INPUT;
  // Only a real architecture has machine code.
  *bytes = program->portable ? 0 : program->image.size();
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcGetCUBIN(void* handle, char* cubin) {
  XLM_COUNT(nvrtcGetCUBIN);
  XLM_PROGRAM(handle);
  if (!program->compiled) return NVRTC_ERROR_INVALID_INPUT;
  return give(cubin, program->portable ? std::string() : program->image);
}

XLM_EXPORT int nvrtcGetPTXSize(void* handle, size_t* bytes) {
  XLM_COUNT(nvrtcGetPTXSize);
  XLM_PROGRAM(handle);
  if (bytes == nullptr || !program->compiled) return NVRTC_ERROR_INVALID_INPUT;
  *bytes = program->image.size();
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcGetPTX(void* handle, char* ptx) {
  XLM_COUNT(nvrtcGetPTX);
  XLM_PROGRAM(handle);
  if (!program->compiled) return NVRTC_ERROR_INVALID_INPUT;
  return give(ptx, program->image);
}

XLM_EXPORT int nvrtcGetProgramLogSize(void* handle, size_t* bytes) {
  XLM_COUNT(nvrtcGetProgramLogSize);
  XLM_PROGRAM(handle);
  if (bytes == nullptr) return NVRTC_ERROR_INVALID_INPUT;
  *bytes = program->log.size() + 1;
  return NVRTC_SUCCESS;
}

XLM_EXPORT int nvrtcGetProgramLog(void* handle, char* log) {
  XLM_COUNT(nvrtcGetProgramLog);
  XLM_PROGRAM(handle);
  return give(log, program->log + '\0');
}

XLM_EXPORT const char* nvrtcGetErrorString(int result) {
  XLM_COUNT(nvrtcGetErrorString);
  static const char* const names[] = {"NVRTC_SUCCESS",
                                      "NVRTC_ERROR_OUT_OF_MEMORY",
                                      "NVRTC_ERROR_PROGRAM_CREATION_FAILURE",
                                      "NVRTC_ERROR_INVALID_INPUT",
                                      "NVRTC_ERROR_INVALID_PROGRAM",
                                      "NVRTC_ERROR_INVALID_OPTION",
                                      "NVRTC_ERROR_COMPILATION",
                                      "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE"};
  return result >= 0 && result < static_cast<int>(std::size(names)) ? names[result] : "NVRTC_ERROR unknown";
}
