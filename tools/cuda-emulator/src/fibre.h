// Cooperative threads: a stack, a saved context, and a switch between two contexts.
#pragma once

#include <cstddef>
#include <cstdint>

// XLM_UCONTEXT takes the portable way on this architecture too.
#if !defined(__x86_64__) && !defined(XLM_UCONTEXT)
#define XLM_UCONTEXT
#endif
#if defined(XLM_UCONTEXT)
#include <ucontext.h>
#endif

namespace xlm::fibre {

#if !defined(XLM_UCONTEXT)
// The callee-saved registers lie on the fibre's own stack: its stack pointer is all there is to remember.
using Context = void*;
#else
using Context = ucontext_t;
#endif

using Entry = void (*)();

// Makes `context` one that begins at `entry` on the stack of that index. `entry` must never return.
void prepare(Context& context, size_t stack, Entry entry);

// Saves where we are in `from` and goes on at `to`.
#if !defined(XLM_UCONTEXT)
extern "C" void xlm_fibre_switch(Context* from, Context to);
inline void change(Context& from, Context& to) { xlm_fibre_switch(&from, to); }
#else
inline void change(Context& from, Context& to) { swapcontext(&from, &to); }
#endif

// Stacks are numbered; the one last given back is the next given out, since it is the warmest.
size_t takeStack();
void giveStack(size_t stack);
void giveAllStacks();

}  // namespace xlm::fibre
