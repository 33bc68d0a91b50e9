// Device memory: which addresses are given out, to the byte, and how much a pool holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace xlm {

struct Context;

struct Pool {
  uint64_t releaseThreshold = 0;
  uint64_t used = 0;
  uint64_t usedHigh = 0;
  uint64_t reserved = 0;
  uint64_t reservedHigh = 0;

  void trim(uint64_t keep);
};

namespace memory {

constexpr uint64_t defaultLimit = uint64_t(4) << 30;

// 0 when there is no room.
uintptr_t allocate(size_t bytes, Context* context, Pool* pool);
// False when nothing begins at the address.
bool release(uintptr_t address);
void releaseAll(Context* context);
void releaseAll(const Pool* pool);

// Whether the whole range belongs to one live allocation.
bool contains(uintptr_t address, size_t bytes);
// A few words on what lies there, for the report of a bad access.
std::string describe(uintptr_t address);

uint64_t count();
uint64_t bytesInUse();
uint64_t limit();
void setLimit(uint64_t bytes);

}  // namespace memory
}  // namespace xlm
