// The product of two matrices, single-threaded and quick enough to train with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xlm::gemm {

enum class Type { Float, Bfloat };
// What becomes of an operand's numbers before they are multiplied.
enum class Rounding { None, Tf32, Bfloat };

struct Operand {
  uintptr_t data;
  Type type;
  size_t ld;
  bool transposed;
  Rounding rounding;
};

// Columns lie `ld` apart. Rows and columns beyond the product are padding.
struct Sums {
  std::vector<float> data;
  size_t ld = 0;
};

// op(A) op(B), each sum taken in fp32 and in the order of k, on any machine to the same bits.
void multiply(size_t m, size_t n, size_t k, const Operand& a, const Operand& b, Sums& sums);

float load(uintptr_t data, Type type, size_t index);
void store(uintptr_t data, Type type, size_t index, float value);

}  // namespace xlm::gemm
