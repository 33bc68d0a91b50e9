#include "block.h"

#include <cstdio>
#include <cstring>

#include "arena.h"
#include "errors.h"
#include "export.h"

XLM_EXPORT xlm::Index threadIdx, blockIdx, blockDim, gridDim;
XLM_EXPORT void* xlm_shared_memory;
xlm::Index threadIdx, blockIdx, blockDim, gridDim;
void* xlm_shared_memory;

namespace xlm {

Block block;

namespace {

constexpr uint32_t nobody = ~0u;

// The next thread able to run, warp-mates first: their stacks and data are the warmest.
uint32_t pick() {
  uint32_t w = block.current / 32;
  for (uint32_t i = 0; i < block.warps; i++) {
    Warp& warp = block.warp[w];
    if (warp.ready != 0) {
      const uint32_t lane = static_cast<uint32_t>(__builtin_ctz(warp.ready));
      warp.ready &= warp.ready - 1;
      return w * 32 + lane;
    }
    if (++w == block.warps) w = 0;
  }
  return nobody;
}

void become(uint32_t next) {
  block.current = next;
  threadIdx = block.thread[next].index;
}

// Whether the current thread has not begun; from now on it has.
bool begins() {
  Warp& warp = block.currentWarp();
  const uint32_t bit = 1u << block.currentLane();
  const bool fresh = (warp.fresh & bit) != 0;
  warp.fresh &= ~bit;
  return fresh;
}

[[noreturn]] void diverged() {
  uint32_t waiting = 0;
  for (uint32_t w = 0; w < block.warps; w++)
    waiting += static_cast<uint32_t>(__builtin_popcount(block.warp[w].waiting));
  abandon(CUDA_ERROR_LAUNCH_FAILED, "the threads have diverged: " + std::to_string(block.blocked) +
                                        " wait at __syncthreads, " + std::to_string(waiting) +
                                        " in a warp-wide call, " + std::to_string(block.done) + " have ended");
}

void threadMain();

void resume(fibre::Context& from) {
  Thread& thread = block.thread[block.current];
  if (begins()) {
    thread.stack = fibre::takeStack();
    fibre::prepare(thread.context, thread.stack, threadMain);
  }
  fibre::change(from, thread.context);
}

// Runs the current thread to its end, and after it, on the same stack, any that has not begun. Threads that never wait
// thus follow one another without a switch.
void threadMain() {
  for (;;) {
    block.launch->kernel->call(block.launch->packed);
    const size_t stack = block.thread[block.current].stack;
    block.currentWarp().done |= 1u << block.currentLane();
    block.done++;
    const uint32_t next = pick();
    if (next == nobody) {
      if (block.done != block.threads) diverged();
      fibre::giveStack(stack);
      fibre::Context ended;
      fibre::change(ended, block.host);
    }
    become(next);
    if (begins()) {
      block.thread[next].stack = stack;
      continue;
    }
    // Nobody else runs before the switch is done, so that the stack may be given back while still in use.
    fibre::giveStack(stack);
    fibre::Context ended;
    fibre::change(ended, block.thread[next].context);
  }
}

void layOut(const Launch& launch) {
  block.threads = launch.block.x * launch.block.y * launch.block.z;
  block.warps = (block.threads + 31) / 32;
  uint32_t i = 0;
  for (uint32_t z = 0; z < launch.block.z; z++) {
    for (uint32_t y = 0; y < launch.block.y; y++) {
      for (uint32_t x = 0; x < launch.block.x; x++) block.thread[i++].index = {x, y, z};
    }
  }
  for (uint32_t w = 0; w < block.warps; w++) {
    const uint32_t lanes = block.threads - w * 32;
    block.warp[w].exists = lanes >= 32 ? ~0u : (1u << lanes) - 1;
  }
}

void runBlock() {
  for (uint32_t w = 0; w < block.warps; w++) {
    Warp& warp = block.warp[w];
    warp.fresh = warp.ready = warp.exists;
    warp.waiting = warp.blocked = warp.done = warp.epoch = 0;
    warp.meetings = 0;
  }
  block.done = block.blocked = 0;
  block.epoch++;
  block.current = 0;
  become(pick());
  resume(block.host);
}

}  // namespace

int run(Launch& launch) {
  if (launch.shared > 0) arena.open(arena.shared(), launch.shared);
  xlm_shared_memory = reinterpret_cast<void*>(arena.shared());
  blockDim = launch.block;
  gridDim = launch.grid;
  block.launch = &launch;
  block.error = 0;
  layOut(launch);
  for (uint32_t z = 0; z < launch.grid.z && block.error == 0; z++) {
    for (uint32_t y = 0; y < launch.grid.y && block.error == 0; y++) {
      for (uint32_t x = 0; x < launch.grid.x && block.error == 0; x++) {
        blockIdx = {x, y, z};
        if (launch.shared > 0) memset(xlm_shared_memory, 0xff, launch.shared);
        runBlock();
      }
    }
  }
  if (block.error != 0) fibre::giveAllStacks();
  block.launch = nullptr;
  if (launch.shared > 0) arena.close(arena.shared(), launch.shared);
  return block.error;
}

void pause() {
  const uint32_t self = block.current;
  const uint32_t next = pick();
  if (next == nobody) diverged();
  become(next);
  resume(block.thread[self].context);
}

void abandon(int error, const std::string& what) {
  fprintf(stderr, "XLM CUDA emulator: %s: %s\n", whereabouts().c_str(), what.c_str());
  block.error = error;
  fibre::Context lost;
  fibre::change(lost, block.host);
  __builtin_unreachable();
}

std::string whereabouts() {
  const auto triple = [](const Index& i) {
    return "(" + std::to_string(i.x) + "," + std::to_string(i.y) + "," + std::to_string(i.z) + ")";
  };
  return "kernel " + block.launch->kernel->name + ", block " + triple(blockIdx) + ", thread " + triple(threadIdx);
}

}  // namespace xlm

XLM_EXPORT void xlm_sync_threads() {
  using namespace xlm;
  if (block.launch == nullptr) return;
  if (++block.blocked < block.threads) {
    block.currentWarp().blocked |= 1u << block.currentLane();
    pause();
    return;
  }
  for (uint32_t w = 0; w < block.warps; w++) {
    Warp& warp = block.warp[w];
    warp.ready |= warp.blocked;
    warp.blocked = 0;
    warp.epoch = 0;
  }
  block.blocked = 0;
  block.epoch++;
}
