// libcublasLt: D = epilogue(alpha op(A) op(B) + beta C), column-major, for fp32 and bf16.
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>

#include "calls.h"
#include "driver.h"
#include "errors.h"
#include "export.h"
#include "gemm.h"
#include "settings.h"

namespace xlm {
namespace {

enum Status : int {
  CUBLAS_STATUS_SUCCESS = 0,
  CUBLAS_STATUS_NOT_INITIALIZED = 1,
  CUBLAS_STATUS_ALLOC_FAILED = 3,
  CUBLAS_STATUS_INVALID_VALUE = 7,
  CUBLAS_STATUS_EXECUTION_FAILED = 13,
  CUBLAS_STATUS_NOT_SUPPORTED = 15,
};

enum DataType : int { CUDA_R_32F = 0, CUDA_R_16BF = 14 };

enum ComputeType : int {
  CUBLAS_COMPUTE_32F = 68,
  CUBLAS_COMPUTE_32F_PEDANTIC = 69,
  CUBLAS_COMPUTE_32F_FAST_16BF = 75,
  CUBLAS_COMPUTE_32F_FAST_TF32 = 77,
};

enum Epilogue : uint32_t { EPILOGUE_DEFAULT = 1, EPILOGUE_RELU = 2, EPILOGUE_BIAS = 4 };

struct Description {
  int32_t compute = CUBLAS_COMPUTE_32F;
  int32_t scale = CUDA_R_32F;
  int32_t pointerMode = 0;
  int32_t transA = 0;
  int32_t transB = 0;
  int32_t transC = 0;
  int32_t fillMode = 2;
  uint32_t epilogue = EPILOGUE_DEFAULT;
  uint64_t bias = 0;
  int64_t biasStride = 0;
  int32_t biasType = -1;
};

struct Layout {
  uint32_t type = 0;
  int32_t order = 0;
  uint64_t rows = 0;
  uint64_t columns = 0;
  int64_t ld = 0;
  int32_t batches = 1;
  int64_t batchStride = 0;
};

struct Preference {
  uint64_t maxWorkspace = 0;
};

struct Library {};

struct Heuristic {
  uint64_t algorithm[8];
  size_t workspace;
  int state;
  float waves;
  int reserved[4];
};
static_assert(sizeof(Heuristic) == 96, "as in cublasLt.h");

Handles<Library> libraries;
Handles<Description> descriptions;
Handles<Layout> layouts;
Handles<Preference> preferences;

template <class T>
int make(Handles<T>& handles, void** handle, T thing) {
  if (handle == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  *handle = handles.add(std::make_unique<T>(thing));
  return CUBLAS_STATUS_SUCCESS;
}

template <class T>
int unmake(Handles<T>& handles, void* handle) {
  return handles.remove(handle) != nullptr ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

template <class T>
const T* get(const Handles<T>& handles, const void* handle) {
  return handles.has(handle) ? static_cast<const T*>(handle) : nullptr;
}

template <class T>
int set(T& field, const void* value, size_t bytes) {
  if (value == nullptr || bytes < sizeof(T)) return CUBLAS_STATUS_INVALID_VALUE;
  memcpy(&field, value, sizeof(T));
  return CUBLAS_STATUS_SUCCESS;
}

struct Problem {
  const Description* description;
  const Layout* a;
  const Layout* b;
  const Layout* c;
  const Layout* d;

  uint64_t m() const { return d->rows; }
  uint64_t n() const { return d->columns; }
  uint64_t k() const { return description->transA ? a->rows : a->columns; }
  bool complete() const {
    return description != nullptr && a != nullptr && b != nullptr && c != nullptr && d != nullptr;
  }
};

bool plausible(const Layout& layout) {
  return layout.rows > 0 && layout.columns > 0 && layout.ld >= static_cast<int64_t>(layout.rows) && layout.batches > 0;
}

bool hasShape(const Layout& layout, uint64_t rows, uint64_t columns) {
  return layout.rows == rows && layout.columns == columns;
}

bool typesAgree(const Problem& problem) {
  if (problem.a->type != problem.b->type || problem.c->type != problem.d->type) return false;
  const int compute = problem.description->compute;
  const bool plain = compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_PEDANTIC;
  if (problem.a->type == CUDA_R_32F) {
    return problem.d->type == CUDA_R_32F &&
           (plain || compute == CUBLAS_COMPUTE_32F_FAST_16BF || compute == CUBLAS_COMPUTE_32F_FAST_TF32);
  }
  if (problem.a->type != CUDA_R_16BF || settings.major < 8) return false;
  return plain && (problem.d->type == CUDA_R_32F || problem.d->type == CUDA_R_16BF);
}

// What keeps the library from taking a problem: nothing if the answer is 0.
int judge(const Problem& problem) {
  if (!problem.complete()) return CUBLAS_STATUS_INVALID_VALUE;
  const Description& description = *problem.description;
  for (const Layout* layout : {problem.a, problem.b, problem.c, problem.d}) {
    if (!plausible(*layout)) return CUBLAS_STATUS_INVALID_VALUE;
    if (layout->order != 0 || layout->batches != problem.d->batches) return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const auto stored = [](const Layout& layout, bool transposed, uint64_t rows, uint64_t columns) {
    return transposed ? hasShape(layout, columns, rows) : hasShape(layout, rows, columns);
  };
  if (!stored(*problem.a, description.transA != 0, problem.m(), problem.k()) ||
      !stored(*problem.b, description.transB != 0, problem.k(), problem.n()) ||
      !hasShape(*problem.c, problem.m(), problem.n())) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (!typesAgree(problem) || description.scale != CUDA_R_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (description.pointerMode != 0 || description.transC != 0) return CUBLAS_STATUS_NOT_SUPPORTED;
  switch (description.epilogue) {
    case EPILOGUE_DEFAULT:
    case EPILOGUE_RELU:
      return CUBLAS_STATUS_SUCCESS;
    case EPILOGUE_BIAS:
    case EPILOGUE_RELU | EPILOGUE_BIAS:
      // A bias is of the type of D.
      return description.biasType == -1 || description.biasType == static_cast<int>(problem.d->type)
                 ? CUBLAS_STATUS_SUCCESS
                 : CUBLAS_STATUS_NOT_SUPPORTED;
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

gemm::Type typeOf(const Layout& layout) { return layout.type == CUDA_R_32F ? gemm::Type::Float : gemm::Type::Bfloat; }
size_t sizeOf(const Layout& layout) { return layout.type == CUDA_R_32F ? 4 : 2; }

gemm::Rounding roundingOf(const Problem& problem) {
  if (problem.description->compute == CUBLAS_COMPUTE_32F_FAST_TF32) return gemm::Rounding::Tf32;
  if (problem.description->compute == CUBLAS_COMPUTE_32F_FAST_16BF) return gemm::Rounding::Bfloat;
  return gemm::Rounding::None;
}

uintptr_t batchOf(uintptr_t data, const Layout& layout, int batch) {
  return data + static_cast<uintptr_t>(layout.batchStride * batch) * sizeOf(layout);
}

// Whether every batch of a matrix lies in device memory. If not, the context is lost as after a kernel's bad access.
bool inMemory(const char* which, uintptr_t data, const Layout& layout) {
  const size_t bytes = ((layout.columns - 1) * static_cast<uint64_t>(layout.ld) + layout.rows) * sizeOf(layout);
  for (int batch = 0; batch < layout.batches; batch++) {
    const uintptr_t at = batchOf(data, layout, batch);
    if (memory::contains(at, bytes)) continue;
    fprintf(stderr,
            "XLM CUDA emulator: cublasLtMatmul: batch %d of %s, %zu bytes at 0x%zx, is not all in one allocation: %s\n",
            batch, which, bytes, static_cast<size_t>(at), memory::describe(at + bytes - 1).c_str());
    currentContext()->sticky = CUDA_ERROR_ILLEGAL_ADDRESS;
    return false;
  }
  return true;
}

Layout biasLayout(const Problem& problem) {
  Layout layout = *problem.d;
  layout.columns = 1;
  layout.batchStride = problem.description->biasStride;
  return layout;
}

struct Data {
  float alpha;
  uintptr_t a;
  uintptr_t b;
  float beta;
  uintptr_t c;
  uintptr_t d;
};

void finish(const Problem& problem, const Data& data, const gemm::Sums& sums, int batch) {
  const Description& description = *problem.description;
  const bool addBias = (description.epilogue & EPILOGUE_BIAS) != 0;
  const bool relu = (description.epilogue & EPILOGUE_RELU) != 0;
  const uintptr_t c = batchOf(data.c, *problem.c, batch), d = batchOf(data.d, *problem.d, batch);
  const uintptr_t bias = addBias ? batchOf(description.bias, biasLayout(problem), batch) : 0;
  const gemm::Type type = typeOf(*problem.d);
  for (uint64_t j = 0; j < problem.n(); j++) {
    for (uint64_t i = 0; i < problem.m(); i++) {
      float value = data.alpha * sums.data[j * sums.ld + i];
      // With a beta of 0, C is not read: it may hold anything.
      if (data.beta != 0) value += data.beta * gemm::load(c, type, j * static_cast<uint64_t>(problem.c->ld) + i);
      if (addBias) value += gemm::load(bias, type, i);
      if (relu && value < 0) value = 0;
      gemm::store(d, type, j * static_cast<uint64_t>(problem.d->ld) + i, value);
    }
  }
}

int execute(const Problem& problem, const Data& data) {
  const Description& description = *problem.description;
  const auto aligned = [](uintptr_t address, const Layout& layout) {
    return address != 0 && address % sizeOf(layout) == 0;
  };
  const bool addBias = (description.epilogue & EPILOGUE_BIAS) != 0;
  if (!aligned(data.a, *problem.a) || !aligned(data.b, *problem.b) || !aligned(data.d, *problem.d) ||
      (data.beta != 0 && !aligned(data.c, *problem.c)) || (addBias && !aligned(description.bias, *problem.d))) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (data.c == data.d && problem.c->ld != problem.d->ld) return CUBLAS_STATUS_INVALID_VALUE;
  if (!inMemory("A", data.a, *problem.a) || !inMemory("B", data.b, *problem.b) || !inMemory("D", data.d, *problem.d) ||
      (data.beta != 0 && !inMemory("C", data.c, *problem.c)) ||
      (addBias && !inMemory("the bias", description.bias, biasLayout(problem)))) {
    return CUBLAS_STATUS_SUCCESS;
  }
  const gemm::Rounding rounding = roundingOf(problem);
  gemm::Sums sums;
  for (int batch = 0; batch < problem.d->batches; batch++) {
    const gemm::Operand a{batchOf(data.a, *problem.a, batch), typeOf(*problem.a), static_cast<size_t>(problem.a->ld),
                          description.transA != 0, rounding};
    const gemm::Operand b{batchOf(data.b, *problem.b, batch), typeOf(*problem.b), static_cast<size_t>(problem.b->ld),
                          description.transB != 0, rounding};
    gemm::multiply(problem.m(), problem.n(), problem.k(), a, b, sums);
    finish(problem, data, sums, batch);
  }
  return CUBLAS_STATUS_SUCCESS;
}

struct StatusText {
  int number;
  const char* name;
  const char* text;
};

const StatusText statusTexts[] = {
    {0, "CUBLAS_STATUS_SUCCESS", "success"},
    {1, "CUBLAS_STATUS_NOT_INITIALIZED", "the library was not initialized"},
    {3, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
    {7, "CUBLAS_STATUS_INVALID_VALUE", "an unsupported value or parameter was passed to the function"},
    {8, "CUBLAS_STATUS_ARCH_MISMATCH", "the device lacks a feature the function needs"},
    {11, "CUBLAS_STATUS_MAPPING_ERROR", "an access to GPU memory space failed"},
    {13, "CUBLAS_STATUS_EXECUTION_FAILED", "the GPU program failed to execute"},
    {14, "CUBLAS_STATUS_INTERNAL_ERROR", "an internal operation failed"},
    {15, "CUBLAS_STATUS_NOT_SUPPORTED", "the functionality requested is not supported"},
    {16, "CUBLAS_STATUS_LICENSE_ERROR", "the functionality requested requires a license"},
};

const StatusText* textOf(int status) {
  for (const StatusText& text : statusTexts) {
    if (text.number == status) return &text;
  }
  return nullptr;
}

}  // namespace
}  // namespace xlm

using namespace xlm;

XLM_EXPORT int cublasLtCreate(void** handle) {
  XLM_COUNT(cublasLtCreate);
  if (currentContext() == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  return make(libraries, handle, Library());
}

XLM_EXPORT int cublasLtDestroy(void* handle) {
  XLM_COUNT(cublasLtDestroy);
  return unmake(libraries, handle);
}

XLM_EXPORT size_t cublasLtGetVersion() {
  XLM_COUNT(cublasLtGetVersion);
  return 120800;
}

XLM_EXPORT const char* cublasLtGetStatusName(int status) {
  XLM_COUNT(cublasLtGetStatusName);
  const StatusText* text = textOf(status);
  return text == nullptr ? "unrecognized error code" : text->name;
}

XLM_EXPORT const char* cublasLtGetStatusString(int status) {
  XLM_COUNT(cublasLtGetStatusString);
  const StatusText* text = textOf(status);
  return text == nullptr ? "unrecognized error code" : text->text;
}

XLM_EXPORT int cublasLtMatmulDescCreate(void** handle, int compute, int scale) {
  XLM_COUNT(cublasLtMatmulDescCreate);
  Description description;
  description.compute = compute;
  description.scale = scale;
  return make(descriptions, handle, description);
}

XLM_EXPORT int cublasLtMatmulDescDestroy(void* handle) {
  XLM_COUNT(cublasLtMatmulDescDestroy);
  return unmake(descriptions, handle);
}

XLM_EXPORT int cublasLtMatmulDescSetAttribute(void* handle, int attribute, const void* value, size_t bytes) {
  XLM_COUNT(cublasLtMatmulDescSetAttribute);
  if (!descriptions.has(handle)) return CUBLAS_STATUS_INVALID_VALUE;
  auto& description = *static_cast<Description*>(handle);
  switch (attribute) {
    case 0:
      return set(description.compute, value, bytes);
    case 1:
      return set(description.scale, value, bytes);
    case 2:
      return set(description.pointerMode, value, bytes);
    case 3:
      return set(description.transA, value, bytes);
    case 4:
      return set(description.transB, value, bytes);
    case 5:
      return set(description.transC, value, bytes);
    case 6:
      return set(description.fillMode, value, bytes);
    case 7:
      return set(description.epilogue, value, bytes);
    case 8:
      return set(description.bias, value, bytes);
    case 10:
      return set(description.biasStride, value, bytes);
    case 26:
      return set(description.biasType, value, bytes);
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

XLM_EXPORT int cublasLtMatrixLayoutCreate(void** handle, int type, uint64_t rows, uint64_t columns, int64_t ld) {
  XLM_COUNT(cublasLtMatrixLayoutCreate);
  Layout layout;
  layout.type = static_cast<uint32_t>(type);
  layout.rows = rows;
  layout.columns = columns;
  layout.ld = ld;
  return make(layouts, handle, layout);
}

XLM_EXPORT int cublasLtMatrixLayoutDestroy(void* handle) {
  XLM_COUNT(cublasLtMatrixLayoutDestroy);
  return unmake(layouts, handle);
}

XLM_EXPORT int cublasLtMatrixLayoutSetAttribute(void* handle, int attribute, const void* value, size_t bytes) {
  XLM_COUNT(cublasLtMatrixLayoutSetAttribute);
  if (!layouts.has(handle)) return CUBLAS_STATUS_INVALID_VALUE;
  auto& layout = *static_cast<Layout*>(handle);
  switch (attribute) {
    case 0:
      return set(layout.type, value, bytes);
    case 1:
      return set(layout.order, value, bytes);
    case 2:
      return set(layout.rows, value, bytes);
    case 3:
      return set(layout.columns, value, bytes);
    case 4:
      return set(layout.ld, value, bytes);
    case 5:
      return set(layout.batches, value, bytes);
    case 6:
      return set(layout.batchStride, value, bytes);
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

XLM_EXPORT int cublasLtMatmulPreferenceCreate(void** handle) {
  XLM_COUNT(cublasLtMatmulPreferenceCreate);
  return make(preferences, handle, Preference());
}

XLM_EXPORT int cublasLtMatmulPreferenceDestroy(void* handle) {
  XLM_COUNT(cublasLtMatmulPreferenceDestroy);
  return unmake(preferences, handle);
}

XLM_EXPORT int cublasLtMatmulPreferenceSetAttribute(void* handle, int attribute, const void* value, size_t bytes) {
  XLM_COUNT(cublasLtMatmulPreferenceSetAttribute);
  if (!preferences.has(handle)) return CUBLAS_STATUS_INVALID_VALUE;
  uint32_t ignored = 0;
  switch (attribute) {
    case 1:
      return set(static_cast<Preference*>(handle)->maxWorkspace, value, bytes);
    case 0:
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
      // The search mode, the reductions allowed, the alignments of A, B, C and D, and the waves: one algorithm is all
      // there is to choose from.
      return set(ignored, value, bytes);
    case 12: {
      uint64_t implementations = 0;
      return set(implementations, value, bytes);
    }
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

XLM_EXPORT int cublasLtMatmulAlgoGetHeuristic(void* library, void* description, void* a, void* b, void* c, void* d,
                                              void* preference, int requested, Heuristic* results, int* returned) {
  XLM_COUNT(cublasLtMatmulAlgoGetHeuristic);
  if (!libraries.has(library)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (requested <= 0 || results == nullptr || returned == nullptr || !preferences.has(preference)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  *returned = 0;
  const Problem problem{get(descriptions, description), get(layouts, a), get(layouts, b), get(layouts, c),
                        get(layouts, d)};
  if (const int status = judge(problem)) return status;
  results[0] = Heuristic();
  results[0].algorithm[0] = 1;
  results[0].waves = 1;
  *returned = 1;
  return CUBLAS_STATUS_SUCCESS;
}

XLM_EXPORT int cublasLtMatmul(void* library, void* description, const float* alpha, uintptr_t a, void* aLayout,
                              uintptr_t b, void* bLayout, const float* beta, uintptr_t c, void* cLayout, uintptr_t d,
                              void* dLayout, const uint64_t*, uintptr_t workspace, size_t workspaceBytes,
                              const void* stream) {
  XLM_COUNT(cublasLtMatmul);
  if (!libraries.has(library) || currentContext() == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (currentContext()->sticky != 0) return CUBLAS_STATUS_EXECUTION_FAILED;
  if (alpha == nullptr || beta == nullptr || !currentContext()->hasStream(stream)) return CUBLAS_STATUS_INVALID_VALUE;
  if (workspaceBytes > 0 && !memory::contains(workspace, workspaceBytes)) return CUBLAS_STATUS_INVALID_VALUE;
  const Problem problem{get(descriptions, description), get(layouts, aLayout), get(layouts, bLayout),
                        get(layouts, cLayout), get(layouts, dLayout)};
  if (const int status = judge(problem)) return status;
  if (settings.dry) return 0;
  return execute(problem, {*alpha, a, b, *beta, c, d});
}
