// The tensor-core products on the fragments that 32 lanes hold, in the register layouts of the PTX ISA.
#pragma once

#include "block.h"

namespace xlm {

// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
void multiplyTf32(Thread* lanes);
// mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
void multiplyBf16(Thread* lanes);

}  // namespace xlm
