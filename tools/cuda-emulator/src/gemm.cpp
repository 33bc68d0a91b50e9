#include "gemm.h"

#include <algorithm>
#include <cstring>

// Multiplications and additions are rounded one by one (the build forbids fusing them): the versions for different
// instruction sets then give the same bits.
#if defined(__x86_64__)
#define XLM_VERSIONS __attribute__((target_clones("avx2", "default")))
#else
#define XLM_VERSIONS
#endif

namespace xlm::gemm {
namespace {

// Twelve sums of eight fill the registers of AVX2, with room for what is multiplied.
constexpr size_t lanes = 8;
constexpr size_t tileVectors = 2;
constexpr size_t tileRows = lanes * tileVectors;
constexpr size_t tileColumns = 6;
constexpr size_t depthBlock = 512;

using Vector = float __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));

uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

float fromBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

bool special(uint32_t bits) { return (bits & 0x7f800000u) == 0x7f800000u; }

// To the nearest, ties away from zero.
float toTf32(float value) {
  const uint32_t bits = bitsOf(value);
  return special(bits) ? value : fromBits((bits + 0x1000u) & 0xffffe000u);
}

// To the nearest, ties to even.
uint16_t toBfloat(float value) {
  const uint32_t bits = bitsOf(value);
  if (value != value) return 0x7fff;
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

float rounded(float value, Rounding rounding) {
  if (rounding == Rounding::Tf32) return toTf32(value);
  if (rounding == Rounding::Bfloat) return fromBits(uint32_t(toBfloat(value)) << 16);
  return value;
}

// Copies an operand into panels `width` wide, one depth after another, as the tiles read it; the last panel is filled
// up with zeros. `along` is the distance between neighbours across the panel, `down` from one depth to the next.
template <class Read>
void packPanels(float* to, size_t width, size_t count, size_t depth, size_t along, size_t down, Read read) {
  for (size_t first = 0; first < count; first += width) {
    const size_t filled = std::min(width, count - first);
    if (along == 1) {
      for (size_t p = 0; p < depth; p++) {
        for (size_t i = 0; i < filled; i++) to[p * width + i] = read(first + i + p * down);
        for (size_t i = filled; i < width; i++) to[p * width + i] = 0;
      }
    } else {
      for (size_t i = 0; i < filled; i++) {
        for (size_t p = 0; p < depth; p++) to[p * width + i] = read((first + i) * along + p * down);
      }
      for (size_t i = filled; i < width; i++) {
        for (size_t p = 0; p < depth; p++) to[p * width + i] = 0;
      }
    }
    to += width * depth;
  }
}

void pack(float* to, size_t width, size_t count, size_t depth, const Operand& operand, size_t along, size_t down,
          size_t offset) {
  if (operand.type == Type::Bfloat) {
    const auto* from = reinterpret_cast<const uint16_t*>(operand.data) + offset;
    packPanels(to, width, count, depth, along, down, [=](size_t i) { return fromBits(uint32_t(from[i]) << 16); });
    return;
  }
  const auto* from = reinterpret_cast<const float*>(operand.data) + offset;
  if (operand.rounding == Rounding::None) {
    packPanels(to, width, count, depth, along, down, [=](size_t i) { return from[i]; });
  } else {
    const Rounding rounding = operand.rounding;
    packPanels(to, width, count, depth, along, down, [=](size_t i) { return rounded(from[i], rounding); });
  }
}

// All tiles of one depth block. A tile's sums stay in registers while its depth lasts.
XLM_VERSIONS void addTiles(float* sums, size_t ld, const float* a, size_t rowTiles, const float* b, size_t columnTiles,
                           size_t depth) {
  for (size_t j = 0; j < columnTiles; j++) {
    const float* bPanel = b + j * tileColumns * depth;
    for (size_t i = 0; i < rowTiles; i++) {
      const float* aPanel = a + i * tileRows * depth;
      float* tile = sums + j * tileColumns * ld + i * tileRows;
      Vector sum[tileColumns][tileVectors];
      for (size_t c = 0; c < tileColumns; c++) {
        for (size_t v = 0; v < tileVectors; v++)
          sum[c][v] = *reinterpret_cast<const Vector*>(tile + c * ld + v * lanes);
      }
      for (size_t p = 0; p < depth; p++) {
        Vector column[tileVectors];
        for (size_t v = 0; v < tileVectors; v++)
          column[v] = *reinterpret_cast<const Vector*>(aPanel + p * tileRows + v * lanes);
        for (size_t c = 0; c < tileColumns; c++) {
          const float factor = bPanel[p * tileColumns + c];
          for (size_t v = 0; v < tileVectors; v++) sum[c][v] += column[v] * factor;
        }
      }
      for (size_t c = 0; c < tileColumns; c++) {
        for (size_t v = 0; v < tileVectors; v++) *reinterpret_cast<Vector*>(tile + c * ld + v * lanes) = sum[c][v];
      }
    }
  }
}

size_t tiles(size_t count, size_t width) { return (count + width - 1) / width; }

}  // namespace

void multiply(size_t m, size_t n, size_t k, const Operand& a, const Operand& b, Sums& sums) {
  const size_t rowTiles = tiles(m, tileRows), columnTiles = tiles(n, tileColumns);
  sums.ld = rowTiles * tileRows;
  sums.data.assign(sums.ld * columnTiles * tileColumns, 0.0f);
  const size_t depth = std::min(k, depthBlock);
  std::vector<float> aPanels(rowTiles * tileRows * depth), bPanels(columnTiles * tileColumns * depth);
  for (size_t p = 0; p < k; p += depthBlock) {
    const size_t now = std::min(depthBlock, k - p);
    // Across a panel of A run its rows, across one of B its columns; both go down along k.
    pack(aPanels.data(), tileRows, m, now, a, a.transposed ? a.ld : 1, a.transposed ? 1 : a.ld,
         p * (a.transposed ? 1 : a.ld));
    pack(bPanels.data(), tileColumns, n, now, b, b.transposed ? 1 : b.ld, b.transposed ? b.ld : 1,
         p * (b.transposed ? b.ld : 1));
    addTiles(sums.data.data(), sums.ld, aPanels.data(), rowTiles, bPanels.data(), columnTiles, now);
  }
}

float load(uintptr_t data, Type type, size_t index) {
  if (type == Type::Float) return reinterpret_cast<const float*>(data)[index];
  return fromBits(uint32_t(reinterpret_cast<const uint16_t*>(data)[index]) << 16);
}

void store(uintptr_t data, Type type, size_t index, float value) {
  if (type == Type::Float) reinterpret_cast<float*>(data)[index] = value;
  else reinterpret_cast<uint16_t*>(data)[index] = toBfloat(value);
}

}  // namespace xlm::gemm
