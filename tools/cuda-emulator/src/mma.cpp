#include "mma.h"

#include <cstring>

#if defined(__x86_64__)
#define XLM_VERSIONS __attribute__((target_clones("avx2", "default")))
#else
#define XLM_VERSIONS
#endif

namespace xlm {
namespace {

// A row of the accumulators.
using Row = float __attribute__((vector_size(32)));

float asFloat(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// The unit looks at the upper 19 bits only.
float tf32(uint32_t bits) { return asFloat(bits & 0xffffe000u); }
float lowBf16(uint32_t pair) { return asFloat(pair << 16); }
float highBf16(uint32_t pair) { return asFloat(pair & 0xffff0000u); }

// Rows and columns of the accumulators: the same for both shapes.
template <int depth>
__attribute__((always_inline)) inline void accumulate(Thread* lanes, const float (&a)[16][depth],
                                                      const Row (&b)[depth]) {
  Row c[16];
  for (int lane = 0; lane < 32; lane++) {
    const int group = lane / 4, within = lane % 4;
    for (int i = 0; i < 4; i++) c[group + (i < 2 ? 0 : 8)][within * 2 + i % 2] = lanes[lane].c[i];
  }
  for (int row = 0; row < 16; row++) {
    Row sum = c[row];
    for (int k = 0; k < depth; k++) sum += a[row][k] * b[k];
    c[row] = sum;
  }
  for (int lane = 0; lane < 32; lane++) {
    const int group = lane / 4, within = lane % 4;
    for (int i = 0; i < 4; i++) lanes[lane].c[i] = c[group + (i < 2 ? 0 : 8)][within * 2 + i % 2];
  }
}

}  // namespace

XLM_VERSIONS void multiplyTf32(Thread* lanes) {
  float a[16][8];
  Row b[8];
  for (int lane = 0; lane < 32; lane++) {
    const int group = lane / 4, within = lane % 4;
    for (int i = 0; i < 4; i++) a[group + i % 2 * 8][within + i / 2 * 4] = tf32(lanes[lane].a[i]);
    for (int i = 0; i < 2; i++) b[within + i * 4][group] = tf32(lanes[lane].b[i]);
  }
  accumulate(lanes, a, b);
}

XLM_VERSIONS void multiplyBf16(Thread* lanes) {
  float a[16][16];
  Row b[16];
  for (int lane = 0; lane < 32; lane++) {
    const int group = lane / 4, within = lane % 4;
    for (int i = 0; i < 4; i++) {
      const int row = group + i % 2 * 8, column = within * 2 + i / 2 * 8;
      a[row][column] = lowBf16(lanes[lane].a[i]);
      a[row][column + 1] = highBf16(lanes[lane].a[i]);
    }
    for (int i = 0; i < 2; i++) {
      const int row = within * 2 + i * 8;
      b[row][group] = lowBf16(lanes[lane].b[i]);
      b[row + 1][group] = highBf16(lanes[lane].b[i]);
    }
  }
  accumulate(lanes, a, b);
}

}  // namespace xlm
