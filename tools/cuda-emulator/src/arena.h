// The one range of addresses a kernel may touch: shared memory, the stacks of its threads and device memory all lie in
// it, so that one comparison and one look at the shadow tell whether an access is allowed.
//
// The shadow has a byte for every eight bytes of the arena: how many of the eight, from the first, are accessible.
// Untouched shadow is zero, hence everything is forbidden until it is opened.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xlm {

struct Arena {
  static constexpr size_t size = size_t(64) << 30;
  // Shared memory comes first, so that "is it shared" is a comparison with a constant.
  static constexpr size_t sharedSpan = size_t(256) << 10;
  static constexpr size_t stacksAt = size_t(1) << 20;
  static constexpr size_t stackSize = size_t(64) << 10;
  static constexpr size_t stackStride = stackSize + 4096;
  static constexpr size_t stackCount = 1024;
  static constexpr size_t devicesAt = size_t(1) << 30;

  uintptr_t base = 0;
  uint8_t* shadow = nullptr;

  bool reserve();
  void open(uintptr_t address, size_t bytes);
  void close(uintptr_t address, size_t bytes);
  bool covers(uintptr_t address, size_t bytes) const;

  uintptr_t shared() const { return base; }
  uintptr_t stack(size_t index) const { return base + stacksAt + index * stackStride; }
};

extern Arena arena;

}  // namespace xlm
