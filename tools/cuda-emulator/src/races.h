// Data races in shared memory: two threads touch the same word, at least one of them writing, with no barrier between.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arena.h"
#include "block.h"

namespace xlm::races {

extern bool enabled;
extern uint64_t count;

// An access as one word: block epoch (32 bits), warp epoch (20), thread (10), and for readers how many they were (2).
using Mark = uint64_t;

enum Readers : uint64_t { One = 0, OneWarp = 1, Many = 2 };

struct Word {
  Mark writer;
  Mark reader;
};

extern Word words[Arena::sharedSpan / 4];

inline uint32_t threadOf(Mark mark) { return static_cast<uint32_t>(mark >> 2) & 1023; }
inline bool sameBlockEpoch(Mark a, Mark b) { return a >> 32 == b >> 32; }
inline bool sameEpochs(Mark a, Mark b) { return a >> 12 == b >> 12; }
inline bool sameWarp(Mark a, Mark b) { return threadOf(a) / 32 == threadOf(b) / 32; }
inline bool sameThread(Mark a, Mark b) { return threadOf(a) == threadOf(b); }

// Whether a barrier lies between two accesses, or the order of one thread's own instructions.
inline bool ordered(Mark earlier, Mark now) {
  if (!sameBlockEpoch(earlier, now) || sameThread(earlier, now)) return true;
  return sameWarp(earlier, now) && !sameEpochs(earlier, now);
}

inline bool readersOrdered(Mark readers, Mark now) {
  if (!sameBlockEpoch(readers, now)) return true;
  switch (readers & 3) {
    case One:
      return ordered(readers, now);
    case OneWarp:
      return sameWarp(readers, now) && !sameEpochs(readers, now);
    default:
      return false;
  }
}

inline Mark withReader(Mark readers, Mark now) {
  if (readers == now) return readers;
  if (!sameBlockEpoch(readers, now)) return now | One;
  if ((readers & 3) == Many || !sameWarp(readers, now)) return now | Many;
  // What the warp read before its last barrier is ordered for the warp itself, and any other warp that conflicts with
  // it conflicts with the new reader as well.
  if (!sameEpochs(readers, now)) return now | One;
  return (readers & 3) == One && sameThread(readers, now) ? readers : now | OneWarp;
}

void conflict(size_t word, Mark other, const char* what);

// The current thread's access to a word of shared memory.
inline void touchWord(size_t index, bool write) {
  Word& word = words[index];
  const Mark now =
      uint64_t(block.epoch) << 32 | uint64_t(block.currentWarp().epoch & 0xfffff) << 12 | uint64_t(block.current) << 2;
  if (!ordered(word.writer, now)) conflict(index, word.writer, write ? "write after a write" : "read after a write");
  if (!write) {
    word.reader = withReader(word.reader, now);
    return;
  }
  if (!readersOrdered(word.reader, now)) conflict(index, word.reader, "write after a read");
  word.writer = now;
}

// Likewise for several words; the offset is in bytes from the start of shared memory.
void touch(size_t offset, size_t bytes, bool write);

}  // namespace xlm::races
