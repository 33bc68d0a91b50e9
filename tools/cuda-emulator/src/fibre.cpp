#include "fibre.h"

#include <sys/mman.h>

#include "arena.h"

namespace xlm::fibre {
namespace {

size_t spare[Arena::stackCount];
size_t spares = 0;
size_t everUsed = 0;
bool opened[Arena::stackCount];

// Stacks lie at a multiple of the page size from one another, so that their tops would all fall into the same few
// lines of the cache. A different start for each spreads them.
size_t colour(size_t stack) { return stack % 31 * 128; }

}  // namespace

size_t takeStack() {
  if (spares > 0) return spare[--spares];
  const size_t stack = everUsed++;
  if (!opened[stack]) {
    opened[stack] = true;
    mprotect(reinterpret_cast<void*>(arena.stack(stack)), Arena::stackSize, PROT_READ | PROT_WRITE);
    arena.open(arena.stack(stack), Arena::stackSize);
  }
  return stack;
}

void giveStack(size_t stack) { spare[spares++] = stack; }

void giveAllStacks() {
  spares = 0;
  everUsed = 0;
}

#if !defined(XLM_UCONTEXT)

// The control words of the floating-point unit are left alone: no kernel changes them.
asm(R"(
  .text
  .globl xlm_fibre_switch
  .hidden xlm_fibre_switch
  .type xlm_fibre_switch, @function
xlm_fibre_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size xlm_fibre_switch, . - xlm_fibre_switch
)");

void prepare(Context& context, size_t stack, Entry entry) {
  auto* top = reinterpret_cast<uintptr_t*>(arena.stack(stack) + Arena::stackSize - colour(stack));
  // A function finds its stack eight bytes off a multiple of 16, as after a call: hence the empty word on top.
  *--top = 0;
  *--top = reinterpret_cast<uintptr_t>(entry);
  for (int i = 0; i < 6; i++) *--top = 0;
  context = top;
}

#else

void prepare(Context& context, size_t stack, Entry entry) {
  getcontext(&context);
  context.uc_stack.ss_sp = reinterpret_cast<void*>(arena.stack(stack));
  context.uc_stack.ss_size = Arena::stackSize - colour(stack);
  context.uc_link = nullptr;
  makecontext(&context, entry, 0);
}

#endif

}  // namespace xlm::fibre
