#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>

#include "arena.h"

namespace xlm {

void Pool::trim(uint64_t keep) { reserved = std::max(used, std::min(reserved, keep)); }

namespace memory {
namespace {

constexpr size_t alignment = 512;
// Kept out of use after each allocation, so that running over its end never lands in the next.
constexpr size_t gap = 512;
constexpr size_t reservation = size_t(2) << 20;

struct Allocation {
  size_t bytes;
  size_t extent;
  Context* context;
  Pool* pool;
};

struct Freed {
  uintptr_t address;
  size_t bytes;
};

std::map<uintptr_t, Allocation> live;
std::map<uintptr_t, size_t> holes;
std::deque<Freed> lately;
uintptr_t cursor = 0;
uint64_t inUse = 0;
uint64_t maximum = defaultLimit;

size_t rounded(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

uintptr_t carve(std::map<uintptr_t, size_t>::iterator hole, uintptr_t at, size_t extent) {
  const uintptr_t start = hole->first;
  const uintptr_t end = start + hole->second;
  holes.erase(hole);
  if (start < at) holes[start] = at - start;
  if (at + extent < end) holes[at + extent] = end - at - extent;
  cursor = at + extent;
  return at;
}

// Always onwards from the last allocation, so that an address is not soon used again and a use after free is caught;
// back to the start after a good stretch, so that the shadow does not grow without end.
uintptr_t findRoom(size_t extent) {
  const uintptr_t first = arena.base + Arena::devicesAt;
  if (holes.empty() && live.empty()) holes[first] = Arena::size - Arena::devicesAt;
  const uintptr_t window = std::max<uint64_t>(uint64_t(1) << 30, 4 * inUse);
  if (cursor < first || cursor - first > window) cursor = first;
  auto hole = holes.upper_bound(cursor);
  if (hole != holes.begin()) {
    const auto before = std::prev(hole);
    if (before->first + before->second >= cursor + extent) return carve(before, cursor, extent);
  }
  for (; hole != holes.end(); ++hole) {
    if (hole->second >= extent) return carve(hole, hole->first, extent);
  }
  for (hole = holes.begin(); hole != holes.end(); ++hole) {
    if (hole->second >= extent) return carve(hole, hole->first, extent);
  }
  return 0;
}

// Gives whole pages back to the system: those the freed range touches and no live allocation shares.
void dropPages(uintptr_t hole, size_t holeBytes, uintptr_t freed, size_t freedBytes) {
  const uintptr_t page = 4096;
  uintptr_t from = std::max(freed / page * page, (hole + page - 1) / page * page);
  uintptr_t to = std::min((freed + freedBytes + page - 1) / page * page, (hole + holeBytes) / page * page);
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
}

void returnRoom(uintptr_t address, size_t extent) {
  uintptr_t start = address;
  size_t bytes = extent;
  auto after = holes.lower_bound(address);
  if (after != holes.end() && after->first == address + extent) {
    bytes += after->second;
    after = holes.erase(after);
  }
  if (after != holes.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == address) {
      start = before->first;
      bytes += before->second;
      holes.erase(before);
    }
  }
  holes[start] = bytes;
  dropPages(start, bytes, address, extent);
}

void releaseAt(std::map<uintptr_t, Allocation>::iterator it) {
  const uintptr_t address = it->first;
  const Allocation allocation = it->second;
  live.erase(it);
  const size_t counted = rounded(allocation.bytes, alignment);
  inUse -= counted;
  if (allocation.pool != nullptr) allocation.pool->used -= counted;
  arena.close(address, allocation.bytes);
  returnRoom(address, allocation.extent);
  lately.push_back({address, allocation.bytes});
  if (lately.size() > 1024) lately.pop_front();
}

template <class Condition>
void releaseWhere(Condition condition) {
  for (auto it = live.begin(); it != live.end();) {
    const auto next = std::next(it);
    if (condition(it->second)) releaseAt(it);
    it = next;
  }
}

std::string hex(uintptr_t value) {
  char text[32];
  snprintf(text, sizeof text, "0x%zx", static_cast<size_t>(value));
  return text;
}

}  // namespace

uintptr_t allocate(size_t bytes, Context* context, Pool* pool) {
  const size_t counted = rounded(bytes, alignment);
  if (bytes > maximum || inUse + counted > maximum || !arena.reserve()) return 0;
  const size_t extent = counted + gap;
  const uintptr_t address = findRoom(extent);
  if (address == 0) return 0;
  live[address] = {bytes, extent, context, pool};
  inUse += counted;
  if (pool != nullptr) {
    pool->used += counted;
    pool->usedHigh = std::max(pool->usedHigh, pool->used);
    pool->reserved = std::max<uint64_t>(pool->reserved, rounded(pool->used, reservation));
    pool->reservedHigh = std::max(pool->reservedHigh, pool->reserved);
  }
  arena.open(address, bytes);
  // All ones is a NaN to whoever reads floats and -1 to whoever reads integers: nobody takes it for a zero.
  memset(reinterpret_cast<void*>(address), 0xff, bytes);
  return address;
}

bool release(uintptr_t address) {
  const auto it = live.find(address);
  if (it == live.end()) return false;
  releaseAt(it);
  return true;
}

void releaseAll(Context* context) {
  releaseWhere([&](const Allocation& allocation) { return context == nullptr || allocation.context == context; });
}

void releaseAll(const Pool* pool) {
  releaseWhere([&](const Allocation& allocation) { return allocation.pool == pool; });
}

bool contains(uintptr_t address, size_t bytes) {
  auto it = live.upper_bound(address);
  if (it == live.begin()) return false;
  --it;
  return address - it->first <= it->second.bytes && bytes <= it->second.bytes - (address - it->first);
}

std::string describe(uintptr_t address) {
  auto after = live.upper_bound(address);
  const bool hasBefore = after != live.begin();
  const auto before = hasBefore ? std::prev(after) : live.end();
  const auto named = [](uintptr_t at, size_t bytes) {
    return "the allocation of " + std::to_string(bytes) + " bytes at " + hex(at);
  };
  if (hasBefore && address - before->first < before->second.bytes) {
    return "byte " + std::to_string(address - before->first) + " of " + named(before->first, before->second.bytes);
  }
  for (auto freed = lately.rbegin(); freed != lately.rend(); ++freed) {
    if (address - freed->address >= freed->bytes) continue;
    return "byte " + std::to_string(address - freed->address) + " of freed memory, " +
           named(freed->address, freed->bytes);
  }
  if (live.empty()) return "there are no allocations";
  const uintptr_t end = hasBefore ? before->first + before->second.bytes : 0;
  if (after == live.end() || (hasBefore && address - end <= after->first - address)) {
    return std::to_string(address - end) + " bytes past the end of " + named(before->first, before->second.bytes);
  }
  return std::to_string(after->first - address) + " bytes before " + named(after->first, after->second.bytes);
}

uint64_t count() { return live.size(); }
uint64_t bytesInUse() { return inUse; }
uint64_t limit() { return maximum; }
void setLimit(uint64_t bytes) { maximum = bytes; }

}  // namespace memory
}  // namespace xlm
