// Checks of the emulator against plain loops, and of everything it is meant to catch.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>

#include "kernels.h"
#include "library.h"

void* emulator = nullptr;

namespace {

uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}
float fromBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

// Small multiples of 1/8: exact in tf32 and bf16, and so are all sums of their products in fp32.
std::vector<float> numbers(size_t count, unsigned seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<int>(seed >> 24) % 31 - 15) / 8;
  }
  return values;
}

std::vector<uint16_t> toBfloats(const std::vector<float>& values) {
  std::vector<uint16_t> out;
  for (const float value : values) out.push_back(static_cast<uint16_t>(bitsOf(value) >> 16));
  return out;
}

void testDriver() {
  int count = 0, version = 0, major = 0, optin = 0;
  call("cuDeviceGetCount", &count);
  checkEqual(count, 1, "devices");
  call("cuDriverGetVersion", &version);
  checkEqual(version, 12080, "driver version");
  call("cuDeviceGetAttribute", &major, 75, 0);
  checkEqual(major, 8, "major");
  call("cuDeviceGetAttribute", &optin, 97, 0);
  checkEqual(optin, 101376, "optin");
  char name[64];
  call("cuDeviceGetName", name, 64, 0);
  check(std::string(name) == "XLM host emulator", "name");
  const char* text = nullptr;
  call("cuGetErrorName", 700, &text);
  check(std::string(text) == "CUDA_ERROR_ILLEGAL_ADDRESS", "error name");
  checkEqual(call("cuGetErrorName", 12345, &text), 1, "unknown error");

  Handle start = nullptr, end = nullptr, stream = nullptr;
  checkEqual(call("cuStreamCreate", &stream, 1u), 0, "cuStreamCreate");
  call("cuEventCreate", &start, 0u);
  call("cuEventCreate", &end, 0u);
  call("cuEventRecord", start, stream);
  call("cuEventRecord", end, stream);
  float elapsed = -1;
  checkEqual(call("cuEventElapsedTime", &elapsed, start, end), 0, "cuEventElapsedTime");
  check(elapsed >= 0 && elapsed < 1000, "elapsed time");
  checkEqual(call("cuEventDestroy_v2", start), 0, "cuEventDestroy");
  checkEqual(call("cuEventDestroy_v2", start), 400, "a second cuEventDestroy");
  checkEqual(call("cuStreamDestroy_v2", stream), 0, "cuStreamDestroy");
  checkEqual(call("cuStreamSynchronize", stream), 400, "a destroyed stream");

  int properties[32] = {1, 0, 1, 0};
  Handle pool = nullptr;
  checkEqual(call("cuMemPoolCreate", &pool, properties), 0, "cuMemPoolCreate");
  DevicePointer address = 0;
  unsigned long long threshold = ~0ull, used = 0, reserved = 0;
  call("cuMemPoolSetAttribute", pool, 4, &threshold);
  checkEqual(call("cuMemAllocFromPoolAsync", &address, (size_t)5000, pool, (Handle) nullptr), 0, "from a pool");
  call("cuMemPoolGetAttribute", pool, 7, &used);
  checkEqual(static_cast<long long>(used), 5120, "used");
  release(address);
  synchronise();
  call("cuMemPoolGetAttribute", pool, 5, &reserved);
  checkEqual(static_cast<long long>(reserved), 2 << 20, "reserved");
  call("cuMemPoolTrimTo", pool, (size_t)0);
  call("cuMemPoolGetAttribute", pool, 5, &reserved);
  checkEqual(static_cast<long long>(reserved), 0, "reserved after a trim");
  checkEqual(call("cuMemPoolDestroy", pool), 0, "cuMemPoolDestroy");

  void* host = nullptr;
  checkEqual(call("cuMemHostAlloc", &host, (size_t)100, 0u), 0, "cuMemHostAlloc");
  checkEqual(call("cuMemFreeHost", host), 0, "cuMemFreeHost");

  address = allocate(64);
  checkEqual(call("cuMemsetD32Async", address, 7u, (size_t)16, (Handle) nullptr), 0, "cuMemsetD32Async");
  checkEqual(download<int>(address, 16)[15], 7, "memset words");
  checkEqual(call("cuMemsetD32Async", address, 7u, (size_t)17, (Handle) nullptr), 1, "memset beyond the end");
  checkEqual(call("cuMemcpyDtoDAsync_v2", address + 32, address, (size_t)64, (Handle) nullptr), 1,
             "copy beyond the end");
  release(address);
}

void testKernels(Handle module) {
  const int n = 1000;
  const auto a = numbers(n, 1), b = numbers(n, 2);
  const DevicePointer da = upload(a), db = upload(b), dc = allocate(n * 4);
  checkEqual(launch(kernel(module, "add"), {4, 256}, Packed(da, db, dc, n)), 0, "launch add");
  checkEqual(synchronise(), 0, "add");
  const auto c = download<float>(dc, n);
  for (int i = 0; i < n; i++) check(c[i] == a[i] + b[i], "sum " + std::to_string(i));
  for (const DevicePointer address : {da, db, dc}) release(address);

  const auto x = numbers(1024, 3);
  const DevicePointer dx = upload(x), ds = allocate(16);
  launch(kernel(module, "reduce"), {4, 256, 32}, Packed(dx, ds));
  checkEqual(synchronise(), 0, "reduce");
  const auto sums = download<float>(ds, 4);
  for (int i = 0; i < 4; i++) {
    float sum = 0;
    for (int j = 0; j < 256; j++) sum += x[i * 256 + j];
    check(sums[i] == sum, "block sum " + std::to_string(i));
  }
  release(dx);
  release(ds);

  const DevicePointer dw = allocate(192 * 4);
  launch(kernel(module, "warps"), {1, 32}, Packed(dw));
  checkEqual(synchronise(), 0, "warps");
  const auto w = download<int>(dw, 192);
  for (int i = 0; i < 32; i++) {
    checkEqual(w[i], 5, "shfl");
    checkEqual(w[32 + i], i < 3 ? i : i - 3, "shfl_up");
    checkEqual(w[64 + i], i % 8 < 5 ? i + 3 : i, "shfl_down of 8");
    checkEqual(w[96 + i], 0x49249249, "ballot");
    checkEqual(w[128 + i], 2, "any and all");
    checkEqual(w[160 + i], i < 16 ? i ^ 1 : i ^ 2, "half-warp shuffles");
  }
  release(dw);

  const DevicePointer counter = upload(std::vector<unsigned>{0}), sum = upload(std::vector<float>{0}),
                      most = upload(std::vector<int>{-1});
  launch(kernel(module, "atomics"), {3, 256}, Packed(counter, sum, most));
  checkEqual(synchronise(), 0, "atomics");
  checkEqual(download<unsigned>(counter, 1)[0], 768, "atomicAdd");
  check(download<float>(sum, 1)[0] == 384.0f, "atomicAdd of floats");
  checkEqual(download<int>(most, 1)[0], 255, "atomicMax");
  for (const DevicePointer address : {counter, sum, most}) release(address);

  struct alignas(16) Four {
    float x, y, z, w;
  };
  const DevicePointer out = allocate(64 * 4);
  launch(kernel(module, "mixed"), {1, 64}, Packed(char(1), 2.5, short(3), Four{4, 0, 0, 5}, 6, out));
  checkEqual(synchronise(), 0, "mixed");
  check(download<double>(out, 1)[0] == 21.5, "arguments of all sizes");
  launch(kernel(module, "read_table"), {1, 64}, Packed(out));
  checkEqual(synchronise(), 0, "a table of constants");
  checkEqual(download<int>(out, 64)[63], 8, "table");
  release(out);
}

// The tables of the PTX ISA, written down as they stand there: register `i` of a lane holds the element at row and
// column. groupID = lane / 4, threadID_in_group = lane % 4.
struct Place {
  int row, column;
};
Place tf32A(int lane, int i) { return {i == 0 || i == 2 ? lane / 4 : lane / 4 + 8, i < 2 ? lane % 4 : lane % 4 + 4}; }
Place tf32B(int lane, int i) { return {i == 0 ? lane % 4 : lane % 4 + 4, lane / 4}; }
Place bf16A(int lane, int i) {
  return {(i >= 0 && i < 2) || (i >= 4 && i < 6) ? lane / 4 : lane / 4 + 8,
          i < 4 ? lane % 4 * 2 + (i & 1) : lane % 4 * 2 + (i & 1) + 8};
}
Place bf16B(int lane, int i) { return {i < 2 ? lane % 4 * 2 + (i & 1) : lane % 4 * 2 + (i & 1) + 8, lane / 4}; }
Place accumulator(int lane, int i) { return {i < 2 ? lane / 4 : lane / 4 + 8, lane % 4 * 2 + (i & 1)}; }

void testTensorCores(Handle module) {
  for (const bool wide : {false, true}) {
    const int depth = wide ? 16 : 8;
    const std::string name = wide ? "mma_bf16" : "mma_tf32";
    const auto a = numbers(16 * depth, 4), b = numbers(depth * 8, 5), c = numbers(16 * 8, 6);
    std::vector<uint32_t> fa(128, 0), fb(64, 0);
    std::vector<float> fc(128);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < (wide ? 8 : 4); i++) {
        const Place at = wide ? bf16A(lane, i) : tf32A(lane, i);
        const uint32_t bits = bitsOf(a[at.row * depth + at.column]);
        // Below a tf32's 19 bits lies what the unit must not look at.
        if (wide) fa[lane * 4 + i / 2] |= (bits >> 16) << (i % 2 * 16);
        else fa[lane * 4 + i] = bits | 0x1abc;
      }
      for (int i = 0; i < (wide ? 4 : 2); i++) {
        const Place at = wide ? bf16B(lane, i) : tf32B(lane, i);
        const uint32_t bits = bitsOf(b[at.row * 8 + at.column]);
        if (wide) fb[lane * 2 + i / 2] |= (bits >> 16) << (i % 2 * 16);
        else fb[lane * 2 + i] = bits;
      }
      for (int i = 0; i < 4; i++) fc[lane * 4 + i] = c[accumulator(lane, i).row * 8 + accumulator(lane, i).column];
    }
    const DevicePointer da = upload(fa), db = upload(fb), dc = upload(fc);
    launch(kernel(module, wide ? "tensor16" : "tensor32"), {1, 32}, Packed(da, db, dc));
    checkEqual(synchronise(), 0, name);
    const auto out = download<float>(dc, 128);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        const Place at = accumulator(lane, i);
        float sum = c[at.row * 8 + at.column];
        for (int k = 0; k < depth; k++) sum += a[at.row * depth + k] * b[k * 8 + at.column];
        check(out[lane * 4 + i] == sum, name + ", lane " + std::to_string(lane) + ", register " + std::to_string(i));
      }
    }
    for (const DevicePointer address : {da, db, dc}) release(address);
  }

  std::vector<float> x(32, 0.0f);
  x[0] = fromBits(0x3f801000);  // a tie: away from zero in tf32
  x[1] = fromBits(0x3f800fff);
  x[2] = fromBits(0xbf801000);
  x[3] = fromBits(0x3f808000);  // a tie: to even in bf16
  x[4] = fromBits(0x3f818000);
  x[5] = INFINITY;
  x[6] = NAN;
  const DevicePointer dx = upload(x), out = allocate(64 * 4);
  launch(kernel(module, "conversions"), {1, 32}, Packed(dx, out));
  checkEqual(synchronise(), 0, "conversions");
  const auto bits = download<uint32_t>(out, 64);
  checkEqual(bits[0], 0x3f802000, "tf32 tie");
  checkEqual(bits[1], 0x3f800000, "tf32 below a tie");
  checkEqual(bits[2], 0xbf802000, "tf32 negative tie");
  checkEqual(bits[5], 0x7f800000, "tf32 infinity");
  check(std::isnan(fromBits(bits[6])), "tf32 NaN");
  checkEqual(bits[32 + 3], 0x3f803f80, "bf16 tie to even, down");
  checkEqual(bits[32 + 4], 0x3f803f82, "bf16 tie to even, up");
  check(std::isnan(fromBits(bits[32 + 6] << 16)), "bf16 NaN");
  release(dx);
  release(out);
}

struct Product {
  bool transA = false, transB = false, bfloat = false, bfloatOut = false;
  int compute = 68;
  uint32_t epilogue = 1;
  float alpha = 1, beta = 0;
  int batches = 1;
  bool tooShort = false;
};

// Runs one product and compares it with three loops. Returns the status of the heuristic or of the product.
int multiply(const Product& p, const std::string& name) {
  const int m = 37, n = 29, k = 53, extra = 3;
  const int lda = (p.transA ? k : m) + extra, ldb = (p.transB ? n : k) + extra, ldd = m + extra;
  const size_t sizeA = lda * (p.transA ? m : k), sizeB = ldb * (p.transB ? k : n), sizeD = ldd * n;
  const auto a = numbers(sizeA * p.batches, 7), b = numbers(sizeB * p.batches, 8), bias = numbers(m, 10);
  auto c = numbers(sizeD * p.batches, 9);
  const auto put = [](const std::vector<float>& values, bool bfloat) {
    return bfloat ? upload(toBfloats(values)) : upload(values);
  };
  const DevicePointer da = put(a, p.bfloat), dBias = put(bias, p.bfloatOut), dc = put(c, p.bfloatOut);
  const DevicePointer db = p.tooShort ? allocate(64) : put(b, p.bfloat);

  Handle library = nullptr, description = nullptr, la = nullptr, lb = nullptr, ld = nullptr, preference = nullptr;
  checkEqual(call("cublasLtCreate", &library), 0, "cublasLtCreate");
  call("cublasLtMatmulDescCreate", &description, p.compute, 0);
  const int transA = p.transA, transB = p.transB;
  call("cublasLtMatmulDescSetAttribute", description, 3, &transA, sizeof transA);
  call("cublasLtMatmulDescSetAttribute", description, 4, &transB, sizeof transB);
  call("cublasLtMatmulDescSetAttribute", description, 7, &p.epilogue, sizeof p.epilogue);
  call("cublasLtMatmulDescSetAttribute", description, 8, &dBias, sizeof dBias);
  const int in = p.bfloat ? 14 : 0, out = p.bfloatOut ? 14 : 0;
  const auto u = [](int value) { return static_cast<uint64_t>(value); };
  call("cublasLtMatrixLayoutCreate", &la, in, u(p.transA ? k : m), u(p.transA ? m : k), int64_t(lda));
  call("cublasLtMatrixLayoutCreate", &lb, in, u(p.transB ? n : k), u(p.transB ? k : n), int64_t(ldb));
  call("cublasLtMatrixLayoutCreate", &ld, out, u(m), u(n), int64_t(ldd));
  const std::pair<Handle, size_t> strides[] = {{la, sizeA}, {lb, sizeB}, {ld, sizeD}};
  for (const auto& [layout, stride] : strides) {
    const auto offset = static_cast<int64_t>(stride);
    call("cublasLtMatrixLayoutSetAttribute", layout, 5, &p.batches, sizeof p.batches);
    call("cublasLtMatrixLayoutSetAttribute", layout, 6, &offset, sizeof offset);
  }
  call("cublasLtMatmulPreferenceCreate", &preference);
  uint64_t heuristic[12];
  int returned = 0;
  int status =
      call("cublasLtMatmulAlgoGetHeuristic", library, description, la, lb, ld, ld, preference, 1, heuristic, &returned);
  if (status == 0) {
    checkEqual(returned, 1, name + ": heuristics");
    status = call("cublasLtMatmul", library, description, &p.alpha, da, la, db, lb, &p.beta, dc, ld, dc, ld, heuristic,
                  (Handle) nullptr, (size_t)0, (Handle) nullptr);
  }
  if (status == 0 && !p.tooShort) {
    std::vector<float> d;
    if (p.bfloatOut) {
      for (const uint16_t half : download<uint16_t>(dc, c.size())) d.push_back(fromBits(uint32_t(half) << 16));
    } else {
      d = download<float>(dc, c.size());
    }
    bool good = true;
    for (int batch = 0; batch < p.batches; batch++) {
      for (int j = 0; j < n; j++) {
        for (int i = 0; i < ldd; i++) {
          const size_t at = batch * sizeD + j * ldd + i;
          float wanted = c[at];  // between the columns nothing may change
          if (i < m) {
            float sum = 0;
            for (int q = 0; q < k; q++) {
              sum += a[batch * sizeA + (p.transA ? q + i * lda : i + q * lda)] *
                     b[batch * sizeB + (p.transB ? j + q * ldb : q + j * ldb)];
            }
            wanted = p.alpha * sum + p.beta * c[at];
            if (p.epilogue & 4) wanted += bias[i];
            if (p.epilogue & 2) wanted = std::max(wanted, 0.0f);
          }
          const float tolerance = p.bfloatOut ? std::fabs(wanted) / 256 : 0;
          if (!(std::fabs(d[at] - wanted) <= tolerance)) good = false;
        }
      }
    }
    check(good, name);
  }
  call("cublasLtMatmulPreferenceDestroy", preference);
  for (const Handle layout : {la, lb, ld}) call("cublasLtMatrixLayoutDestroy", layout);
  call("cublasLtMatmulDescDestroy", description);
  call("cublasLtDestroy", library);
  if (!p.tooShort) {
    for (const DevicePointer address : {da, db, dBias, dc}) release(address);
  }
  return status;
}

void testProducts() {
  for (int i = 0; i < 4; i++) {
    Product p;
    p.transA = i & 1;
    p.transB = i & 2;
    checkEqual(multiply(p, "product " + std::to_string(i)), 0, "status");
    p.compute = 77;
    p.alpha = 0.5f;
    p.beta = 2;
    p.epilogue = 4;
    p.batches = 3;
    checkEqual(multiply(p, "batched tf32 product with bias and beta " + std::to_string(i)), 0, "status");
    p.compute = 68;
    p.bfloat = true;
    p.epilogue = 6;
    checkEqual(multiply(p, "bf16 product " + std::to_string(i)), 0, "status");
    p.bfloatOut = true;
    checkEqual(multiply(p, "bf16 product to bf16 " + std::to_string(i)), 0, "status");
  }
  Product odd;
  odd.bfloat = true;
  odd.compute = 77;
  checkEqual(multiply(odd, "bf16 with tf32"), 15, "bf16 operands with the compute type of fp32");
  odd = Product();
  odd.bfloatOut = true;
  checkEqual(multiply(odd, "fp32 to bf16"), 15, "fp32 operands and a bf16 result");
}

// Runs something that must lose the context with that error, then brings the device back.
void expectLoss(const std::string& name, int error, const std::string& words, const std::function<void(Handle)>& run) {
  Handle module = load(compile(kernels));
  const std::string said = errorsOf([&] { run(module); });
  checkEqual(synchronise(), error, name);
  DevicePointer address = 0;
  checkEqual(call("cuMemAllocAsync", &address, (size_t)64, (Handle) nullptr), error, name + ", the error stays");
  check(said.find(words) != std::string::npos && std::count(said.begin(), said.end(), '\n') == 1,
        name + " said: " + said);
  checkEqual(call("cuDevicePrimaryCtxReset_v2", 0), 0, name + ", reset");
  checkEqual(synchronise(), 0, name + ", after the reset");
  checkEqual(static_cast<long long>(ask<unsigned long long>("emuLeaks")), 0, name + ", freed by the reset");
}

void testLosses() {
  expectLoss("load past the end", 700, "thread (3,0,0): illegal load of 4 bytes", [](Handle module) {
    const DevicePointer x = allocate(400), out = allocate(4);
    checkEqual(launch(kernel(module, "read_at"), {1, 64}, Packed(x, 100, out)), 0, "the launch itself succeeds");
  });
  expectLoss("store before the start", 700, "4 bytes before the allocation of 400 bytes",
             [](Handle module) { launch(kernel(module, "write_at"), {1, 64}, Packed(allocate(400), -1)); });
  expectLoss("store through null", 700, "illegal store",
             [](Handle module) { launch(kernel(module, "write_at"), {1, 64}, Packed(DevicePointer(0), 0)); });
  expectLoss("store past a part of a word", 700, "illegal store",
             [](Handle module) { launch(kernel(module, "write_at"), {1, 64}, Packed(allocate(402), 100)); });
  expectLoss("store past shared memory", 700, "byte 128 of 128 bytes of shared memory",
             [](Handle module) { launch(kernel(module, "write_shared_at"), {1, 64, 128}, Packed(32)); });
  expectLoss("use after free", 700, "freed memory", [](Handle module) {
    const DevicePointer x = allocate(400);
    release(x);
    const DevicePointer other = allocate(400);
    check(other != x, "addresses are not used again at once");
    launch(kernel(module, "write_at"), {1, 64}, Packed(x, 5));
  });
  expectLoss("vector past the end", 700, "illegal load of 16 bytes", [](Handle module) {
    const DevicePointer x = allocate(40), out = allocate(16);
    launch(kernel(module, "read_vector_at"), {1, 64}, Packed(x, 8, out));
  });
  expectLoss("misaligned vector", 716, "misaligned load of 16 bytes", [](Handle module) {
    const DevicePointer x = allocate(400), out = allocate(16);
    launch(kernel(module, "read_vector_at"), {1, 64}, Packed(x, 2, out));
  });
  expectLoss("threads that leave before a barrier", 719,
             "have diverged: 54 wait at __syncthreads, 0 in a warp-wide call, 10 have ended",
             [](Handle module) { launch(kernel(module, "leave_early"), {1, 64}, Packed(allocate(4))); });
  expectLoss("threads at different barriers", 719, "have diverged: 32 wait at __syncthreads, 32 in a warp-wide call",
             [](Handle module) { launch(kernel(module, "two_barriers"), {1, 64}, Packed(allocate(4))); });
  expectLoss("a product past the end", 700, "batch 0 of B", [](Handle) {
    Product p;
    p.tooShort = true;
    checkEqual(multiply(p, "too short"), 0, "the product itself succeeds");
  });
}

void testPoison(Handle module) {
  const DevicePointer out = allocate(64 * 4);
  checkEqual(download<int>(out, 1)[0], -1, "fresh device memory");
  call("cuMemsetD8Async", out, (unsigned char)0, (size_t)256, (Handle) nullptr);
  launch(kernel(module, "read_shared"), {2, 64, 256}, Packed(out));
  checkEqual(synchronise(), 0, "read_shared");
  checkEqual(download<int>(out, 64)[63], -1, "fresh shared memory");
  release(out);
}

void testRaces(Handle module) {
  const DevicePointer out = allocate(64 * 4);
  const auto races = [&](const char* name) {
    const auto before = ask<unsigned long long>("emuRaces");
    const std::string said = errorsOf([&] {
      launch(kernel(module, name), {2, 64, 256}, Packed(out));
      launch(kernel(module, name), {2, 64, 256}, Packed(out));
    });
    checkEqual(synchronise(), 0, name);
    const bool any = ask<unsigned long long>("emuRaces") > before;
    checkEqual(std::count(said.begin(), said.end(), '\n'), any, std::string(name) + " said: " + said);
    return any;
  };
  check(races("race_write"), "two writers");
  check(races("race_in_place"), "a reader and a writer of one warp");
  check(races("race_between_warps"), "a warp's barrier between two warps");
  check(!races("no_race"), "no race");
  call("emuSet", "races", 0ll);
  const auto before = ask<unsigned long long>("emuRaces");
  launch(kernel(module, "race_write"), {1, 64, 256}, Packed(out));
  check(ask<unsigned long long>("emuRaces") == before, "races not looked for");
  call("emuSet", "races", 1ll);
  release(out);
}

void testRefusals(Handle module) {
  const Handle add = kernel(module, "add");
  const std::string said = errorsOf([&] {
    checkEqual(launch(add, {1, 256}, Packed(1ull, 2ull, 3ull)), 1, "too few arguments");
    checkEqual(launch(add, {1, 256}, Packed(1ull, 2ull, 3ull, 4ull)), 1, "too many arguments");
    checkEqual(launch(add, {1, 512}, Packed(1ull, 2ull, 3ull, 4)), 1, "more threads than the bounds");
    checkEqual(launch(add, {1, 256, 50000}, Packed(1ull, 2ull, 3ull, 4)), 1, "more shared memory than allowed");
  });
  check(said.find("24 bytes of arguments where the parameters take 28") != std::string::npos, "refusals said: " + said);
  checkEqual(std::count(said.begin(), said.end(), '\n'), 4, "lines of refusals");
  void* parameters[] = {nullptr};
  checkEqual(call("cuLaunchKernel", add, 1u, 1u, 1u, 1u, 1u, 1u, 0u, (Handle) nullptr, parameters, (void**)nullptr),
             801, "kernelParams");
  checkEqual(call("cuFuncSetAttribute", add, 8, 101377), 1, "shared memory beyond the device's");
  checkEqual(call("cuFuncSetAttribute", add, 8, 101376), 0, "all of the device's shared memory");
  Handle none = nullptr;
  checkEqual(call("cuModuleGetFunction", &none, module, "absent"), 500, "no such kernel");

  call("emuSet", "memory", 1ll << 20);
  DevicePointer address = 0;
  checkEqual(call("cuMemAllocAsync", &address, (size_t)2 << 20, (Handle) nullptr), 2, "out of memory");
  checkEqual(synchronise(), 0, "being out of memory passes");
  call("emuSet", "memory", 4ll << 30);
  call("emuSet", "failNext", 999ll);
  checkEqual(synchronise(), 999, "failNext");
  checkEqual(synchronise(), 0, "failNext is over");
  const auto before = ask<unsigned long long>("emuCalls", "cuStreamSynchronize");
  synchronise();
  checkEqual(static_cast<long long>(ask<unsigned long long>("emuCalls", "cuStreamSynchronize") - before), 1,
             "emuCalls");
}

void testCompiler() {
  const Compiled bad =
      compile("KERNEL(32, good, int* x) { x[0] = 1; }\nKERNEL(32, bad, int* x) {\n  x[0] = missing;\n}\n");
  checkEqual(bad.result, 6, "a compile error");
  check(bad.log.find("kernels.cu:3:") != std::string::npos && bad.log.find("missing") != std::string::npos,
        "log: " + bad.log);
  checkEqual(compile("", {"--use_fast_math"}).result, 5, "--use_fast_math");
  checkEqual(compile("", {"--gpu-architecture=sm_12"}).result, 5, "an unknown architecture");
  checkEqual(compile("#if __CUDA_ARCH__ != 900 || ANSWER != 42\n#error\n#endif",
                     {"--gpu-architecture=compute_90", "-DANSWER=42", "--std=c++17", "--fmad=false", "-default-device"})
                 .result,
             0, "options");
  const Compiled other = compile("KERNEL(32, k) {}", {"--gpu-architecture=sm_90"});
  Handle module = nullptr;
  checkEqual(call("cuModuleLoadData", &module, (const void*)other.cubin.data()), 209,
             "machine code for another generation");
  int count = 0, major = 0, minor = 0;
  call("nvrtcGetNumSupportedArchs", &count);
  checkEqual(count, 5, "architectures");
  call("nvrtcVersion", &major, &minor);
  checkEqual(major, 99, "NVRTC's major version");
  check(minor >= 0, "NVRTC's minor version");
}

double secondsOf(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measureProduct() {
  const int n = 512;
  const DevicePointer a = upload(numbers(n * n, 1)), b = upload(numbers(n * n, 2)), c = allocate(n * n * 4);
  Handle library = nullptr, description = nullptr, layout = nullptr;
  const float one = 1, zero = 0;
  call("cublasLtCreate", &library);
  call("cublasLtMatmulDescCreate", &description, 77, 0);
  call("cublasLtMatrixLayoutCreate", &layout, 0, uint64_t(n), uint64_t(n), int64_t(n));
  const auto run = [&] {
    call("cublasLtMatmul", library, description, &one, a, layout, b, layout, &zero, c, layout, c, layout,
         (uint64_t*)nullptr, (Handle) nullptr, (size_t)0, (Handle) nullptr);
  };
  run();
  const double seconds = secondsOf([&] {
                           for (int i = 0; i < 10; i++) run();
                         }) /
                         10;
  printf("tf32 product of 512 x 512 x 512: %.2f ms, %.1f GFLOP/s\n", seconds * 1e3, 2.0 * n * n * n / seconds / 1e9);
  for (const DevicePointer address : {a, b, c}) release(address);
}

void measure(Handle module) {
  const int n = 1 << 20;
  const double compiling =
      secondsOf([] { compile("KERNEL(256, one, float* x, int n) { if (threadIdx.x < n) x[threadIdx.x] *= 2.0f; }"); });
  printf("compiling a small kernel: %.0f ms\n", compiling * 1e3);
  printf("an empty thread: %.1f ns\n",
         secondsOf([&] { launch(kernel(module, "nothing"), {n / 256, 256}, Packed(n)); }) / n * 1e9);
  const DevicePointer a = upload(numbers(n, 1)), b = upload(numbers(n, 2)), c = allocate(n * 4);
  printf("a thread that adds two numbers: %.1f ns\n",
         secondsOf([&] { launch(kernel(module, "add"), {n / 256, 256}, Packed(a, b, c, n)); }) / n * 1e9);
  printf("a thread's turn at __syncthreads: %.1f ns\n",
         secondsOf([&] { launch(kernel(module, "barriers"), {64, 256}, Packed(64)); }) / (64 * 64 * 256) * 1e9);
  printf("a tensor-core product of a warp: %.0f ns\n",
         secondsOf([&] { launch(kernel(module, "tensor_work"), {16, 32}, Packed(a, 1000)); }) / 16000 * 1e9);
  for (const long long races : {1, 0}) {
    call("emuSet", "races", races);
    const double seconds = secondsOf([&] { launch(kernel(module, "shared_work"), {16, 256, 2048}, Packed(c, 500)); });
    printf("a load and a store of shared memory, races %s: %.1f ns\n", races ? "looked for" : "not looked for",
           seconds / (16 * 256 * 500) * 1e9);
  }
  call("emuSet", "races", 1ll);
  for (const DevicePointer address : {a, b, c}) release(address);
  measureProduct();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  emulator = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (emulator == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  checkEqual(call("cuDeviceGetCount", &count), 3, "before cuInit");
  call("emuSet", "initError", 100ll);
  checkEqual(call("cuInit", 0u), 100, "initError");
  ask<void>("emuReset");
  startDevice();
  testDriver();
  const Compiled compiled = compile(kernels);
  const Handle module = load(compiled);
  testKernels(module);
  testTensorCores(module);
  testProducts();
  testPoison(module);
  testRaces(module);
  testRefusals(module);
  testCompiler();
  checkEqual(static_cast<long long>(ask<unsigned long long>("emuLeaks")), 0, "everything is freed");
  call("cuModuleUnload", module);
  testLosses();
  measure(load(compiled));
  ask<void>("emuReset");
  startDevice();
  checkEqual(synchronise(), 0, "after emuReset");
  printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
