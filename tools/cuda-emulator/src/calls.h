// How often each exported function has been called, for tests that count.
#pragma once

#include <cstdint>

namespace xlm {

class Calls {
 public:
  explicit Calls(const char* function);
  void add() { count_++; }

  static uint64_t of(const char* function);
  static void reset();

 private:
  const char* function_;
  uint64_t count_ = 0;
  Calls* next_;
};

}  // namespace xlm

// The first line of every exported function of a library.
#define XLM_COUNT(function)             \
  static xlm::Calls calls__(#function); \
  calls__.add()
