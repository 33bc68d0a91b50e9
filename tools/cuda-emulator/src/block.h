// The running launch: its blocks one after another, the threads of a block taking turns.
#pragma once

#include <cstdint>
#include <string>

#include "fibre.h"

namespace xlm {

struct Index {
  uint32_t x, y, z;
};

enum class Call : uint8_t {
  Sync,
  Shuffle,
  ShuffleXor,
  ShuffleUp,
  ShuffleDown,
  Ballot,
  Any,
  All,
  MmaTf32,
  MmaBf16,
};

struct Thread {
  fibre::Context context;
  size_t stack;
  Index index;
  // What the thread brings to the warp-wide call it waits in, and what it takes from it.
  uint32_t value;
  uint32_t argument;
  uint32_t width;
  float c[4];
  uint32_t a[4];
  uint32_t b[2];
};

// Lanes of one warp that wait for one another: the same call with the same mask.
struct Meeting {
  Call call;
  uint32_t mask;
  uint32_t arrived;
};

// All sets of lanes, as bits.
struct Warp {
  uint32_t exists;
  uint32_t fresh;    // not begun
  uint32_t ready;    // can run, the fresh ones included
  uint32_t waiting;  // in a warp-wide call
  uint32_t blocked;  // at __syncthreads
  uint32_t done;
  uint32_t epoch;  // warp-wide calls since the last __syncthreads
  int meetings;
  Meeting meeting[32];
};

struct Kernel {
  std::string name;
  void (*call)(const void* packed);
  uint32_t threads;
  uint32_t bytes;
  uintptr_t imageStart;
  uintptr_t imageEnd;
  bool raceReported = false;
};

struct Launch {
  Kernel* kernel;
  const void* packed;
  Index grid;
  Index block;
  size_t shared;
};

struct Block {
  static constexpr uint32_t maxThreads = 1024;

  Launch* launch = nullptr;  // null when nothing runs
  uint32_t threads = 0;
  uint32_t warps = 0;
  uint32_t current = 0;
  uint32_t done = 0;
  uint32_t blocked = 0;
  // Advanced at each __syncthreads and never set back, so that what one block left in the race table means nothing to
  // the next.
  uint32_t epoch = 1;
  int error = 0;
  Thread thread[maxThreads];
  Warp warp[32];
  fibre::Context host;

  Warp& currentWarp() { return warp[current / 32]; }
  uint32_t currentLane() const { return current % 32; }
};

extern Block block;

// Runs all blocks. 0, or the error that ended the launch.
int run(Launch& launch);

// For a thread that has entered itself among the waiting or the blocked: returns when it may go on.
void pause();

// Ends the launch from within a thread, with one line on stderr.
[[noreturn]] void abandon(int error, const std::string& what);

// "kernel NAME, block (x,y,z), thread (x,y,z)"
std::string whereabouts();

}  // namespace xlm
