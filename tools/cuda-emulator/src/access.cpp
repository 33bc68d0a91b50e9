// The checks of every access a kernel makes. Kernels are compiled with the compiler's instrumentation for data races,
// which calls one of the functions below before each load and store that can reach another thread.
#include <string>

#include "arena.h"
#include "block.h"
#include "errors.h"
#include "export.h"
#include "memory.h"
#include "races.h"

namespace xlm {
namespace {

std::string operation(bool write, size_t bytes, uintptr_t address) {
  char text[80];
  snprintf(text, sizeof text, "%s of %zu bytes at 0x%zx", write ? "store" : "load", bytes,
           static_cast<size_t>(address));
  return text;
}

std::string surroundings(uintptr_t address) {
  const uintptr_t at = address - arena.base;
  if (at < Arena::sharedSpan) {
    return "byte " + std::to_string(at) + " of " + std::to_string(block.launch->shared) + " bytes of shared memory";
  }
  if (at < Arena::devicesAt) return "among the stacks";
  return memory::describe(address);
}

// Not in the arena, or not open there. What is left that a kernel may read is its own image: tables of constants.
__attribute__((noinline)) void outside(uintptr_t address, size_t bytes, bool write) {
  if (block.launch == nullptr) return;
  const Kernel& kernel = *block.launch->kernel;
  if (address >= kernel.imageStart && address < kernel.imageEnd && bytes <= kernel.imageEnd - address) return;
  abandon(CUDA_ERROR_ILLEGAL_ADDRESS, "illegal " + operation(write, bytes, address) + ": " + surroundings(address));
}

__attribute__((noinline)) void misaligned(uintptr_t address, size_t bytes, bool write) {
  if (block.launch == nullptr) return;
  abandon(CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned " + operation(write, bytes, address));
}

template <size_t bytes, bool write>
inline void access(uintptr_t address) {
  if (address % bytes != 0) return misaligned(address, bytes, write);
  const uintptr_t at = address - arena.base;
  if (__builtin_expect(at >= Arena::size, 0)) return outside(address, bytes, write);
  const uint8_t* shadow = arena.shadow + at / 8;
  const bool open = bytes <= 8 ? at % 8 + bytes <= shadow[0] : shadow[0] == 8 && shadow[1] == 8;
  if (__builtin_expect(!open, 0)) return outside(address, bytes, write);
  // Narrower accesses are left out: two of them in one word are no conflict, and words are all that is remembered.
  if (bytes < 4 || at >= Arena::sharedSpan || !races::enabled) return;
  for (size_t i = 0; i < bytes / 4; i++) races::touchWord(at / 4 + i, write);
}

void accessRange(uintptr_t address, size_t bytes, bool write) {
  if (bytes == 0) return;
  if (!arena.covers(address, bytes)) return outside(address, bytes, write);
  const uintptr_t at = address - arena.base;
  if (at < Arena::sharedSpan && races::enabled && bytes >= 4) races::touch(at, bytes, write);
}

template <class T, class Change>
T atomically(T* address, Change change) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  if (at % sizeof(T) != 0) misaligned(at, sizeof(T), true);
  if (!arena.covers(at, sizeof(T))) outside(at, sizeof(T), true);
  // One thread at a time: a plain read and write are atomic.
  const T before = *address;
  *address = change(before);
  return before;
}

}  // namespace
}  // namespace xlm

#define XLM_ACCESS(bytes)                                                                                             \
  XLM_EXPORT void __tsan_read##bytes(void* p) { xlm::access<bytes, false>(reinterpret_cast<uintptr_t>(p)); }          \
  XLM_EXPORT void __tsan_write##bytes(void* p) { xlm::access<bytes, true>(reinterpret_cast<uintptr_t>(p)); }          \
  XLM_EXPORT void __tsan_volatile_read##bytes(void* p) { xlm::access<bytes, false>(reinterpret_cast<uintptr_t>(p)); } \
  XLM_EXPORT void __tsan_volatile_write##bytes(void* p) { xlm::access<bytes, true>(reinterpret_cast<uintptr_t>(p)); }
XLM_ACCESS(1)
XLM_ACCESS(2)
XLM_ACCESS(4)
XLM_ACCESS(8)
XLM_ACCESS(16)

// For types whose alignment is less than their size.
#define XLM_UNALIGNED(bytes)                                        \
  XLM_EXPORT void __tsan_unaligned_read##bytes(void* p) {           \
    xlm::accessRange(reinterpret_cast<uintptr_t>(p), bytes, false); \
  }                                                                 \
  XLM_EXPORT void __tsan_unaligned_write##bytes(void* p) {          \
    xlm::accessRange(reinterpret_cast<uintptr_t>(p), bytes, true);  \
  }
XLM_UNALIGNED(2)
XLM_UNALIGNED(4)
XLM_UNALIGNED(8)
XLM_UNALIGNED(16)

XLM_EXPORT void __tsan_read_range(void* p, size_t bytes) {
  xlm::accessRange(reinterpret_cast<uintptr_t>(p), bytes, false);
}
XLM_EXPORT void __tsan_write_range(void* p, size_t bytes) {
  xlm::accessRange(reinterpret_cast<uintptr_t>(p), bytes, true);
}
XLM_EXPORT void __tsan_init() {}
XLM_EXPORT void __tsan_vptr_update(void**, void*) {}
XLM_EXPORT void __tsan_vptr_read(void**) {}

XLM_EXPORT uint32_t xlm_atomic_add_u32(uint32_t* address, uint32_t value) {
  return xlm::atomically(address, [=](uint32_t before) { return before + value; });
}
XLM_EXPORT unsigned long long xlm_atomic_add_u64(unsigned long long* address, unsigned long long value) {
  return xlm::atomically(address, [=](unsigned long long before) { return before + value; });
}
XLM_EXPORT float xlm_atomic_add_f32(float* address, float value) {
  return xlm::atomically(address, [=](float before) { return before + value; });
}
XLM_EXPORT int32_t xlm_atomic_max_i32(int32_t* address, int32_t value) {
  return xlm::atomically(address, [=](int32_t before) { return before > value ? before : value; });
}
XLM_EXPORT int32_t xlm_atomic_min_i32(int32_t* address, int32_t value) {
  return xlm::atomically(address, [=](int32_t before) { return before < value ? before : value; });
}
XLM_EXPORT uint32_t xlm_atomic_exchange_u32(uint32_t* address, uint32_t value) {
  return xlm::atomically(address, [=](uint32_t) { return value; });
}
XLM_EXPORT uint32_t xlm_atomic_cas_u32(uint32_t* address, uint32_t expected, uint32_t value) {
  return xlm::atomically(address, [=](uint32_t before) { return before == expected ? value : before; });
}
