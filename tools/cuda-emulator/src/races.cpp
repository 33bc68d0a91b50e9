#include "races.h"

#include <cstdio>

namespace xlm::races {

bool enabled = true;
uint64_t count = 0;
Word words[Arena::sharedSpan / 4];

void conflict(size_t word, Mark other, const char* what) {
  count++;
  if (block.launch->kernel->raceReported) return;
  block.launch->kernel->raceReported = true;
  fprintf(stderr,
          "XLM CUDA emulator: %s: data race in shared memory at byte %zu: %s by thread %u, no barrier between\n",
          whereabouts().c_str(), word * 4, what, threadOf(other));
}

void touch(size_t offset, size_t bytes, bool write) {
  for (size_t i = offset / 4; i < (offset + bytes + 3) / 4; i++) touchWord(i, write);
}

}  // namespace xlm::races
