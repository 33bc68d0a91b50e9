#include "arena.h"

#include <sys/mman.h>

#include <cstring>

namespace xlm {

Arena arena;

bool Arena::reserve() {
  if (base != 0) return true;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* memory = mmap(nullptr, size, PROT_NONE, flags, -1, 0);
  if (memory == MAP_FAILED) return false;
  void* shadows = mmap(nullptr, size / 8, PROT_READ | PROT_WRITE, flags, -1, 0);
  auto* start = static_cast<uint8_t*>(memory);
  // Device memory is made readable as a whole: the shadow guards it, and a call for each allocation would split the
  // mapping into more pieces than the kernel allows. Stacks get their protection one by one, for the sake of the
  // guard pages between them.
  if (shadows == MAP_FAILED || mprotect(start, sharedSpan, PROT_READ | PROT_WRITE) != 0 ||
      mprotect(start + devicesAt, size - devicesAt, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, size);
    return false;
  }
  base = reinterpret_cast<uintptr_t>(memory);
  shadow = static_cast<uint8_t*>(shadows);
  return true;
}

void Arena::open(uintptr_t address, size_t bytes) {
  const size_t granule = (address - base) / 8;
  memset(shadow + granule, 8, bytes / 8);
  if (bytes % 8 != 0) shadow[granule + bytes / 8] = static_cast<uint8_t>(bytes % 8);
}

void Arena::close(uintptr_t address, size_t bytes) { memset(shadow + (address - base) / 8, 0, (bytes + 7) / 8); }

bool Arena::covers(uintptr_t address, size_t bytes) const {
  const uintptr_t at = address - base;
  if (at >= size || bytes > size - at) return false;
  for (uintptr_t i = at; i < at + bytes;) {
    const size_t within = i % 8;
    const size_t take = within + (at + bytes - i) > 8 ? 8 - within : at + bytes - i;
    if (within + take > shadow[i / 8]) return false;
    i += take;
  }
  return true;
}

}  // namespace xlm
