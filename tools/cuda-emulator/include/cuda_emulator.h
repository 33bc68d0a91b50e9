// What the host compiler needs to read a kernel written for NVRTC. It is included before the kernel's text by the
// emulator's nvrtcCompileProgram, and stands in for the declarations the CUDA compiler has built in. It includes no
// system header on purpose: the kernels have to compile quickly, and NVRTC offers none either.
#pragma once

#define __device__
#define __host__
#define __global__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)

typedef __SIZE_TYPE__ size_t;

#include "cuda_emulator_types.h"
#include "cuda_emulator_math.h"
#include "cuda_emulator_sync.h"

// The library writes these whenever it resumes a thread. They are constants as far as one thread can tell, which also
// keeps the compiler from instrumenting their use.
extern "C" {
extern const uint3 threadIdx;
extern const uint3 blockIdx;
extern const uint3 blockDim;
extern const uint3 gridDim;
}

// Shared memory of the running block. There is one block at a time, so that it is always at the same place.
extern "C" void* const xlm_shared_memory;
#define SHARED(type, name) type* name = (type*)xlm_shared_memory

// What the library has to know of a kernel before it may launch it.
struct XlmKernelInfo {
  unsigned threads;
  unsigned bytes;
};

// What the module was compiled for: the library checks it against the device.
extern "C" {
extern constexpr unsigned xlm_module_arch = __CUDA_ARCH__;
extern constexpr unsigned xlm_module_portable = XLM_PORTABLE;
}

namespace xlm {

template <unsigned long... I>
struct Indices {};

// Where the parameters lie in the packed buffer: each at its natural alignment, nothing after the last.
template <class... P>
struct Packing {
  static constexpr unsigned offset(unsigned index) {
    constexpr unsigned sizes[] = {sizeof(P)..., 0};
    constexpr unsigned alignments[] = {alignof(P)..., 1};
    unsigned at = 0;
    for (unsigned i = 0; i < index; i++) at = aligned(at, alignments[i]) + sizes[i];
    return index == sizeof...(P) ? at : aligned(at, alignments[index]);
  }
  static constexpr unsigned aligned(unsigned at, unsigned to) { return (at + to - 1) / to * to; }
};

template <class... P>
constexpr XlmKernelInfo describe(void (*)(P...), unsigned threads) {
  return {threads, Packing<P...>::offset(sizeof...(P))};
}

// The buffer is the host's and not the device's: reading it must not be checked as a kernel's access.
template <class... P, unsigned long... I>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void spread(void (*body)(P...), const char* packed,
                                                                      Indices<I...>) {
  body(*(const P*)(packed + Packing<P...>::offset(I))...);
}

template <class... P>
[[gnu::always_inline, gnu::no_sanitize("thread")]] inline void call(void (*body)(P...), const void* packed) {
  spread(body, (const char*)packed, Indices<__integer_pack(sizeof...(P))...>());
}

}  // namespace xlm

#define KERNEL(threads, name, ...)                                                                           \
  [[gnu::noinline]] static void name##__body(__VA_ARGS__);                                                   \
  extern "C" {                                                                                               \
  extern constexpr XlmKernelInfo name##__info = xlm::describe(&name##__body, threads);                       \
  [[gnu::no_sanitize("thread")]] void name##__call(const void* packed) { xlm::call(&name##__body, packed); } \
  }                                                                                                          \
  static void name##__body(__VA_ARGS__)
