// A compiled module: a shared object, given as bytes, and the kernels in it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "block.h"

namespace xlm {

struct Function {
  Kernel kernel;
  size_t maxShared;
};

class Module {
 public:
  // Null with `error` set when the bytes are no module, or none for this device.
  static std::unique_ptr<Module> load(const void* image, int& error);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  Function* find(const char* name);
  bool has(const void* function) const;

 private:
  explicit Module(void* library);

  void* library_;
  uintptr_t start_ = 0;
  uintptr_t end_ = 0;
  std::map<std::string, std::unique_ptr<Function>> functions_;
};

}  // namespace xlm
