// The emulator as its users see it: a library opened at run time, and its functions by name.
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using Handle = void*;
using DevicePointer = unsigned long long;

extern void* emulator;

template <class... A>
int call(const char* name, A... arguments) {
  auto function = reinterpret_cast<int (*)(A...)>(dlsym(emulator, name));
  if (function == nullptr) {
    fprintf(stderr, "no function %s\n", name);
    exit(2);
  }
  return function(arguments...);
}

template <class R, class... A>
R ask(const char* name, A... arguments) {
  return reinterpret_cast<R (*)(A...)>(dlsym(emulator, name))(arguments...);
}

inline int failures = 0;
inline int checks = 0;

inline void check(bool good, const std::string& what) {
  checks++;
  if (good) return;
  failures++;
  printf("FAILED: %s\n", what.c_str());
}

inline void checkEqual(long long got, long long wanted, const std::string& what) {
  check(got == wanted, what + ": got " + std::to_string(got) + ", wanted " + std::to_string(wanted));
}

// The outcome of a compilation, by default for the emulated device.
struct Compiled {
  int result = 0;
  std::string log;
  std::vector<char> cubin;
};

inline Compiled compile(const std::string& text, std::vector<const char*> options = {"--gpu-architecture=sm_80"}) {
  Compiled compiled;
  Handle program = nullptr;
  call("nvrtcCreateProgram", &program, text.c_str(), "kernels.cu", 0, (const char**)nullptr, (const char**)nullptr);
  compiled.result = call("nvrtcCompileProgram", program, (int)options.size(), options.data());
  size_t bytes = 0;
  call("nvrtcGetProgramLogSize", program, &bytes);
  compiled.log.resize(bytes);
  call("nvrtcGetProgramLog", program, compiled.log.data());
  if (compiled.result == 0) {
    call("nvrtcGetCUBINSize", program, &bytes);
    compiled.cubin.resize(bytes);
    call("nvrtcGetCUBIN", program, compiled.cubin.data());
  }
  call("nvrtcDestroyProgram", &program);
  return compiled;
}

// Arguments one after another, each at its natural alignment.
class Packed {
 public:
  template <class... A>
  explicit Packed(A... arguments) {
    (append(&arguments, sizeof arguments), ...);
  }
  std::vector<char> bytes;

 private:
  void append(const void* value, size_t size) {
    bytes.resize((bytes.size() + size - 1) / size * size);
    bytes.insert(bytes.end(), static_cast<const char*>(value), static_cast<const char*>(value) + size);
  }
};

struct Shape {
  unsigned grid = 1, block = 32, shared = 0;
};

inline int launch(Handle function, Shape shape, Packed packed) {
  size_t bytes = packed.bytes.size();
  void* extra[] = {(void*)1, packed.bytes.data(), (void*)2, &bytes, nullptr};
  return call("cuLaunchKernel", function, shape.grid, 1u, 1u, shape.block, 1u, 1u, shape.shared, (Handle) nullptr,
              (void**)nullptr, extra);
}

inline int synchronise() { return call("cuStreamSynchronize", (Handle) nullptr); }

inline DevicePointer allocate(size_t bytes) {
  DevicePointer address = 0;
  checkEqual(call("cuMemAllocAsync", &address, bytes, (Handle) nullptr), 0, "cuMemAllocAsync");
  return address;
}

inline void release(DevicePointer address) {
  checkEqual(call("cuMemFreeAsync", address, (Handle) nullptr), 0, "cuMemFreeAsync");
}

template <class T>
DevicePointer upload(const std::vector<T>& values) {
  const DevicePointer address = allocate(values.size() * sizeof(T));
  checkEqual(
      call("cuMemcpyHtoDAsync_v2", address, (const void*)values.data(), values.size() * sizeof(T), (Handle) nullptr), 0,
      "upload");
  return address;
}

template <class T>
std::vector<T> download(DevicePointer address, size_t count) {
  std::vector<T> values(count);
  checkEqual(call("cuMemcpyDtoHAsync_v2", (void*)values.data(), address, count * sizeof(T), (Handle) nullptr), 0,
             "download");
  return values;
}

// An initialised device with a current context.
inline void startDevice() {
  Handle context = nullptr;
  checkEqual(call("cuInit", 0u), 0, "cuInit");
  checkEqual(call("cuDevicePrimaryCtxRetain", &context, 0), 0, "cuDevicePrimaryCtxRetain");
  checkEqual(call("cuCtxSetCurrent", context), 0, "cuCtxSetCurrent");
}

inline Handle load(const Compiled& compiled) {
  Handle module = nullptr;
  checkEqual(compiled.result, 0, "compilation: " + compiled.log);
  checkEqual(call("cuModuleLoadData", &module, (const void*)compiled.cubin.data()), 0, "cuModuleLoadData");
  return module;
}

inline Handle kernel(Handle module, const char* name) {
  Handle function = nullptr;
  checkEqual(call("cuModuleGetFunction", &function, module, name), 0, std::string("cuModuleGetFunction ") + name);
  return function;
}

// What `run` writes to stderr.
template <class Run>
std::string errorsOf(Run run) {
  fflush(stderr);
  FILE* file = tmpfile();
  const int kept = dup(2);
  dup2(fileno(file), 2);
  run();
  fflush(stderr);
  dup2(kept, 2);
  close(kept);
  fseek(file, 0, SEEK_END);
  std::string text(static_cast<size_t>(ftell(file)), ' ');
  rewind(file);
  text.resize(fread(text.data(), 1, text.size(), file));
  fclose(file);
  return text;
}
