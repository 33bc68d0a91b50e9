// The warp-wide calls: each lane leaves what it brings and waits; the last to arrive works out the result of every
// lane.
#include <cstring>

#include "block.h"
#include "errors.h"
#include "export.h"
#include "mma.h"

namespace xlm {
namespace {

const char* nameOf(Call call) {
  static const char* const names[] = {"__syncwarp",       "__shfl_sync",   "__shfl_xor_sync", "__shfl_up_sync",
                                      "__shfl_down_sync", "__ballot_sync", "__any_sync",      "__all_sync",
                                      "mma_tf32",         "mma_bf16"};
  return names[static_cast<int>(call)];
}

// What a lane gets that asks for the value of one that is not in the call; on the device it is undefined.
constexpr uint32_t undefinedValue = 0xffffffffu;

int32_t sourceOf(Call call, int32_t lane, const Thread& thread) {
  const auto width = static_cast<int32_t>(thread.width);
  const auto argument = static_cast<int32_t>(thread.argument);
  const int32_t first = lane & ~(width - 1);
  const int32_t last = first + width - 1;
  int32_t source = lane;
  if (call == Call::Shuffle) source = first + (argument & (width - 1));
  if (call == Call::ShuffleXor) source = lane ^ argument;
  if (call == Call::ShuffleUp) source = lane - argument;
  if (call == Call::ShuffleDown) source = lane + argument;
  // Beyond its part of the warp a lane keeps its own; only the xor may reach into an earlier part.
  if (source > last || source < 0 || (call == Call::ShuffleUp && source < first)) return lane;
  return source;
}

void shuffle(Call call, Thread* lanes, uint32_t mask) {
  uint32_t values[32];
  for (int i = 0; i < 32; i++) values[i] = mask >> i & 1 ? lanes[i].value : undefinedValue;
  for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    lanes[lane].value = values[sourceOf(call, lane, lanes[lane])];
  }
}

void vote(Call call, Thread* lanes, uint32_t mask) {
  uint32_t ballot = 0;
  for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    if (lanes[lane].value != 0) ballot |= 1u << lane;
  }
  const uint32_t result = call == Call::Ballot ? ballot : call == Call::Any ? ballot != 0 : ballot == mask;
  for (uint32_t rest = mask; rest != 0; rest &= rest - 1) lanes[__builtin_ctz(rest)].value = result;
}

void complete(Call call, Thread* lanes, uint32_t mask) {
  switch (call) {
    case Call::Sync:
      break;
    case Call::Shuffle:
    case Call::ShuffleXor:
    case Call::ShuffleUp:
    case Call::ShuffleDown:
      shuffle(call, lanes, mask);
      break;
    case Call::Ballot:
    case Call::Any:
    case Call::All:
      vote(call, lanes, mask);
      break;
    case Call::MmaTf32:
      multiplyTf32(lanes);
      break;
    case Call::MmaBf16:
      multiplyBf16(lanes);
      break;
  }
}

Meeting& meetingOf(Warp& warp, Call call, uint32_t mask) {
  for (int i = 0; i < warp.meetings; i++) {
    if (warp.meeting[i].call == call && warp.meeting[i].mask == mask) return warp.meeting[i];
  }
  Meeting& meeting = warp.meeting[warp.meetings++];
  meeting = {call, mask, 0};
  return meeting;
}

void meet(Call call, uint32_t mask) {
  Warp& warp = block.currentWarp();
  const uint32_t self = 1u << block.currentLane();
  if ((mask & self) == 0) {
    abandon(CUDA_ERROR_LAUNCH_FAILED, std::string(nameOf(call)) + " with a mask without the calling lane");
  }
  // Lanes that a block of this size does not have are not waited for.
  mask &= warp.exists;
  Meeting& meeting = meetingOf(warp, call, mask);
  meeting.arrived |= self;
  if (meeting.arrived != mask) {
    warp.waiting |= self;
    pause();
    return;
  }
  complete(call, &block.thread[block.current & ~31u], mask);
  meeting = warp.meeting[--warp.meetings];
  warp.waiting &= ~mask;
  warp.ready |= mask & ~self;
  warp.epoch++;
}

struct FragmentC {
  float x[4];
};
struct FragmentA {
  uint32_t x[4];
};
struct FragmentB {
  uint32_t x[2];
};

FragmentC multiply(Call call, const FragmentC& c, const FragmentA& a, const FragmentB& b) {
  Thread& thread = block.thread[block.current];
  if (block.currentWarp().exists != ~0u) {
    abandon(CUDA_ERROR_LAUNCH_FAILED, std::string(nameOf(call)) + " in a warp of fewer than 32 threads");
  }
  memcpy(thread.c, c.x, sizeof thread.c);
  memcpy(thread.a, a.x, sizeof thread.a);
  memcpy(thread.b, b.x, sizeof thread.b);
  meet(call, ~0u);
  FragmentC sum;
  memcpy(sum.x, thread.c, sizeof sum.x);
  return sum;
}

}  // namespace
}  // namespace xlm

XLM_EXPORT uint32_t xlm_warp(int call, uint32_t mask, uint32_t value, uint32_t argument, uint32_t width) {
  using namespace xlm;
  Thread& thread = block.thread[block.current];
  if (width == 0 || width > 32 || (width & (width - 1)) != 0) {
    abandon(CUDA_ERROR_LAUNCH_FAILED,
            std::string(nameOf(static_cast<Call>(call))) + " with a width of " + std::to_string(width));
  }
  thread.value = value;
  thread.argument = argument;
  thread.width = width;
  meet(static_cast<Call>(call), mask);
  return thread.value;
}

XLM_EXPORT xlm::FragmentC xlm_mma_tf32(xlm::FragmentC c, xlm::FragmentA a, xlm::FragmentB b) {
  return xlm::multiply(xlm::Call::MmaTf32, c, a, b);
}

XLM_EXPORT xlm::FragmentC xlm_mma_bf16(xlm::FragmentC c, xlm::FragmentA a, xlm::FragmentB b) {
  return xlm::multiply(xlm::Call::MmaBf16, c, a, b);
}
