// libcuda. Everything is done before a call returns, which no program in order can tell from a device: streams and
// events are names, and an error of a kernel shows from the next call on.
#include "driver.h"

#include <chrono>
#include <cstdio>
#include <cstring>

#include "arena.h"
#include "calls.h"
#include "errors.h"
#include "export.h"
#include "settings.h"

namespace xlm {
namespace {

Context contexts[Settings::maxDevices];
Context* current = nullptr;
bool initialised = false;

int injected() {
  const int error = settings.failNext;
  settings.failNext = 0;
  return error;
}

int enter() {
  if (const int error = injected()) return error;
  return initialised ? CUDA_SUCCESS : CUDA_ERROR_NOT_INITIALIZED;
}

int enterContext() {
  if (const int error = enter()) return error;
  return current == nullptr ? CUDA_ERROR_INVALID_CONTEXT : current->sticky;
}

bool isDevice(int device) { return device >= 0 && device < settings.deviceCount; }

Context* contextOf(const void* handle) {
  for (Context& context : contexts) {
    if (&context == handle) return &context;
  }
  return nullptr;
}

Pool* poolOf(void* handle) {
  for (Context& context : contexts) {
    if (handle == &context.defaultPool || context.pools.has(handle)) return static_cast<Pool*>(handle);
  }
  return nullptr;
}

Event* eventOf(void* handle) { return current->events.has(handle) ? static_cast<Event*>(handle) : nullptr; }

Function* functionOf(void* handle) {
  bool known = false;
  current->modules.each([&](const Module& module) { known = known || module.has(handle); });
  return known ? static_cast<Function*>(handle) : nullptr;
}

// A device lets go of memory when it is synchronised with.
void synchronise() {
  const auto trim = [](Pool& pool) { pool.trim(pool.releaseThreshold); };
  trim(current->defaultPool);
  current->pools.each(trim);
}

double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(time).count();
}

int allocate(uintptr_t* address, size_t bytes, Pool* pool) {
  if (address == nullptr || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  const uintptr_t found = memory::allocate(bytes, current, pool);
  if (found == 0) return CUDA_ERROR_OUT_OF_MEMORY;
  *address = found;
  return CUDA_SUCCESS;
}

int refuse(const Function& function, const std::string& why) {
  fprintf(stderr, "XLM CUDA emulator: cuLaunchKernel: kernel %s: %s\n", function.kernel.name.c_str(), why.c_str());
  return CUDA_ERROR_INVALID_VALUE;
}

struct Arguments {
  const void* packed = nullptr;
  size_t bytes = 0;
};

// A list of pairs of a key and a value, ended by a null key.
bool parse(void** extra, Arguments& arguments) {
  for (; extra != nullptr && *extra != nullptr; extra += 2) {
    const auto key = reinterpret_cast<uintptr_t>(extra[0]);
    if (key == 1) arguments.packed = extra[1];
    else if (key == 2) arguments.bytes = *static_cast<const size_t*>(extra[1]);
    else return false;
  }
  return true;
}

int elapsed(float* milliseconds, void* start, void* end) {
  const Event* from = eventOf(start);
  const Event* to = eventOf(end);
  if (from == nullptr || to == nullptr || !from->timed || !to->timed) return CUDA_ERROR_INVALID_HANDLE;
  if (!from->recorded || !to->recorded) return CUDA_ERROR_INVALID_HANDLE;
  *milliseconds = static_cast<float>(to->milliseconds - from->milliseconds);
  return CUDA_SUCCESS;
}

struct ErrorText {
  int number;
  const char* name;
  const char* text;
};

const ErrorText errorTexts[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {715, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const ErrorText* textOf(int error) {
  for (const ErrorText& text : errorTexts) {
    if (text.number == error) return &text;
  }
  return nullptr;
}

}  // namespace

void Context::clear() {
  memory::releaseAll(this);
  hostMemory.clear();
  modules.clear();
  events.clear();
  streams.clear();
  pools.clear();
  formerPools.clear();
  defaultPool = Pool();
  sticky = 0;
}

// Null and the two small numbers are the default streams.
bool Context::hasStream(const void* stream) const {
  return reinterpret_cast<uintptr_t>(stream) <= 2 || streams.has(stream);
}

Context* currentContext() { return current; }

void forgetContexts() {
  for (Context& context : contexts) {
    context.clear();
    context.retained = 0;
  }
  current = nullptr;
}

}  // namespace xlm

using namespace xlm;

// Calls that need no context, and those that need a healthy one.
#define XLM_ENTER(function) \
  XLM_COUNT(function);      \
  if (const int error__ = enter()) return error__
#define XLM_ENTER_CONTEXT(function) \
  XLM_COUNT(function);              \
  if (const int error__ = enterContext()) return error__
#define XLM_REQUIRE(condition, error) \
  if (!(condition)) return error

// ---- The driver and its devices

XLM_EXPORT int cuInit(unsigned flags) {
  XLM_COUNT(cuInit);
  if (const int error = injected()) return error;
  XLM_REQUIRE(flags == 0, CUDA_ERROR_INVALID_VALUE);
  XLM_REQUIRE(settings.initError == 0, settings.initError);
  XLM_REQUIRE(settings.deviceCount > 0, CUDA_ERROR_NO_DEVICE);
  XLM_REQUIRE(arena.reserve(), CUDA_ERROR_OUT_OF_MEMORY);
  for (int i = 0; i < Settings::maxDevices; i++) contexts[i].device = i;
  initialised = true;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDriverGetVersion(int* version) {
  XLM_COUNT(cuDriverGetVersion);
  if (const int error = injected()) return error;
  XLM_REQUIRE(version != nullptr, CUDA_ERROR_INVALID_VALUE);
  *version = settings.driverVersion;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDeviceGetCount(int* count) {
  XLM_ENTER(cuDeviceGetCount);
  XLM_REQUIRE(count != nullptr, CUDA_ERROR_INVALID_VALUE);
  *count = settings.deviceCount;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDeviceGet(int* device, int ordinal) {
  XLM_ENTER(cuDeviceGet);
  XLM_REQUIRE(device != nullptr, CUDA_ERROR_INVALID_VALUE);
  XLM_REQUIRE(isDevice(ordinal), CUDA_ERROR_INVALID_DEVICE);
  *device = ordinal;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDeviceGetName(char* name, int length, int device) {
  XLM_ENTER(cuDeviceGetName);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  XLM_REQUIRE(name != nullptr && length > 0, CUDA_ERROR_INVALID_VALUE);
  snprintf(name, static_cast<size_t>(length), "XLM host emulator");
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDeviceGetAttribute(int* value, int attribute, int device) {
  XLM_ENTER(cuDeviceGetAttribute);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  XLM_REQUIRE(value != nullptr, CUDA_ERROR_INVALID_VALUE);
  switch (attribute) {
    case 1:  // MAX_THREADS_PER_BLOCK
      *value = Block::maxThreads;
      break;
    case 8:  // MAX_SHARED_MEMORY_PER_BLOCK
      *value = 49152;
      break;
    case 10:  // WARP_SIZE
      *value = 32;
      break;
    case 16:  // MULTIPROCESSOR_COUNT
      *value = 4;
      break;
    case 75:  // COMPUTE_CAPABILITY_MAJOR
      *value = settings.major;
      break;
    case 76:  // COMPUTE_CAPABILITY_MINOR
      *value = settings.minor;
      break;
    case 97:  // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
      *value = settings.sharedOptin;
      break;
    case 115:  // MEMORY_POOLS_SUPPORTED
      *value = 1;
      break;
    default:
      *value = 0;
  }
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  XLM_ENTER(cuDeviceTotalMem_v2);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  XLM_REQUIRE(bytes != nullptr, CUDA_ERROR_INVALID_VALUE);
  *bytes = memory::limit();
  return CUDA_SUCCESS;
}

// ---- Contexts

XLM_EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) {
  XLM_ENTER(cuDevicePrimaryCtxRetain);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  XLM_REQUIRE(context != nullptr, CUDA_ERROR_INVALID_VALUE);
  contexts[device].retained++;
  *context = &contexts[device];
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  XLM_ENTER(cuDevicePrimaryCtxRelease_v2);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  Context& context = contexts[device];
  XLM_REQUIRE(context.retained > 0, CUDA_ERROR_INVALID_CONTEXT);
  if (--context.retained > 0) return CUDA_SUCCESS;
  context.clear();
  if (current == &context) current = nullptr;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuDevicePrimaryCtxReset_v2(int device) {
  XLM_ENTER(cuDevicePrimaryCtxReset_v2);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  contexts[device].clear();
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuCtxSetCurrent(void* handle) {
  XLM_ENTER(cuCtxSetCurrent);
  Context* context = contextOf(handle);
  XLM_REQUIRE(handle == nullptr || (context != nullptr && context->retained > 0), CUDA_ERROR_INVALID_CONTEXT);
  current = context;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuCtxGetCurrent(void** context) {
  XLM_ENTER(cuCtxGetCurrent);
  XLM_REQUIRE(context != nullptr, CUDA_ERROR_INVALID_VALUE);
  *context = current;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuCtxSynchronize() {
  XLM_ENTER_CONTEXT(cuCtxSynchronize);
  synchronise();
  return CUDA_SUCCESS;
}

// ---- Streams and events

XLM_EXPORT int cuStreamCreate(void** stream, unsigned flags) {
  XLM_ENTER_CONTEXT(cuStreamCreate);
  XLM_REQUIRE(stream != nullptr && flags <= 1, CUDA_ERROR_INVALID_VALUE);
  *stream = current->streams.add(std::make_unique<Stream>());
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuStreamDestroy_v2(void* stream) {
  XLM_ENTER_CONTEXT(cuStreamDestroy_v2);
  XLM_REQUIRE(current->streams.remove(stream) != nullptr, CUDA_ERROR_INVALID_HANDLE);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuStreamSynchronize(void* stream) {
  XLM_ENTER_CONTEXT(cuStreamSynchronize);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  synchronise();
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuStreamQuery(void* stream) {
  XLM_ENTER_CONTEXT(cuStreamQuery);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuEventCreate(void** event, unsigned flags) {
  XLM_ENTER_CONTEXT(cuEventCreate);
  XLM_REQUIRE(event != nullptr, CUDA_ERROR_INVALID_VALUE);
  auto made = std::make_unique<Event>();
  made->timed = (flags & 2) == 0;
  *event = current->events.add(std::move(made));
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuEventRecord(void* handle, void* stream) {
  XLM_ENTER_CONTEXT(cuEventRecord);
  Event* event = eventOf(handle);
  XLM_REQUIRE(event != nullptr && current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  event->recorded = true;
  event->milliseconds = now();
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuEventSynchronize(void* handle) {
  XLM_ENTER_CONTEXT(cuEventSynchronize);
  XLM_REQUIRE(eventOf(handle) != nullptr, CUDA_ERROR_INVALID_HANDLE);
  synchronise();
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuEventQuery(void* handle) {
  XLM_ENTER_CONTEXT(cuEventQuery);
  XLM_REQUIRE(eventOf(handle) != nullptr, CUDA_ERROR_INVALID_HANDLE);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuEventElapsedTime(float* milliseconds, void* start, void* end) {
  XLM_ENTER_CONTEXT(cuEventElapsedTime);
  return elapsed(milliseconds, start, end);
}

XLM_EXPORT int cuEventElapsedTime_v2(float* milliseconds, void* start, void* end) {
  XLM_ENTER_CONTEXT(cuEventElapsedTime_v2);
  return elapsed(milliseconds, start, end);
}

XLM_EXPORT int cuEventDestroy_v2(void* event) {
  XLM_ENTER_CONTEXT(cuEventDestroy_v2);
  XLM_REQUIRE(current->events.remove(event) != nullptr, CUDA_ERROR_INVALID_HANDLE);
  return CUDA_SUCCESS;
}

// ---- Memory pools

XLM_EXPORT int cuDeviceGetDefaultMemPool(void** pool, int device) {
  XLM_ENTER(cuDeviceGetDefaultMemPool);
  XLM_REQUIRE(isDevice(device), CUDA_ERROR_INVALID_DEVICE);
  XLM_REQUIRE(pool != nullptr, CUDA_ERROR_INVALID_VALUE);
  *pool = &contexts[device].defaultPool;
  return CUDA_SUCCESS;
}

// The properties begin: kind of allocation, kinds of handles, kind of location, its number.
XLM_EXPORT int cuMemPoolCreate(void** pool, const int* properties) {
  XLM_ENTER_CONTEXT(cuMemPoolCreate);
  XLM_REQUIRE(pool != nullptr && properties != nullptr, CUDA_ERROR_INVALID_VALUE);
  XLM_REQUIRE(properties[0] == 1 && properties[2] == 1 && isDevice(properties[3]), CUDA_ERROR_INVALID_VALUE);
  *pool = current->pools.add(std::make_unique<Pool>());
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemPoolDestroy(void* handle) {
  XLM_ENTER_CONTEXT(cuMemPoolDestroy);
  auto pool = current->pools.remove(handle);
  XLM_REQUIRE(pool != nullptr, CUDA_ERROR_INVALID_VALUE);
  if (pool->used > 0) current->formerPools.push_back(std::move(pool));
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemPoolSetAttribute(void* handle, int attribute, void* value) {
  XLM_ENTER_CONTEXT(cuMemPoolSetAttribute);
  Pool* pool = poolOf(handle);
  XLM_REQUIRE(pool != nullptr && value != nullptr, CUDA_ERROR_INVALID_VALUE);
  uint64_t number = 0;
  switch (attribute) {
    case 1:
    case 2:
    case 3:  // How memory may be reused across streams: nothing to decide here.
      return CUDA_SUCCESS;
    case 4:
      memcpy(&pool->releaseThreshold, value, sizeof number);
      return CUDA_SUCCESS;
    case 6:
    case 8:  // High-water marks can only be set back.
      memcpy(&number, value, sizeof number);
      XLM_REQUIRE(number == 0, CUDA_ERROR_INVALID_VALUE);
      (attribute == 6 ? pool->reservedHigh : pool->usedHigh) = 0;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

XLM_EXPORT int cuMemPoolGetAttribute(void* handle, int attribute, void* value) {
  XLM_ENTER_CONTEXT(cuMemPoolGetAttribute);
  const Pool* pool = poolOf(handle);
  XLM_REQUIRE(pool != nullptr && value != nullptr, CUDA_ERROR_INVALID_VALUE);
  if (attribute >= 1 && attribute <= 3) {
    const int yes = 1;
    memcpy(value, &yes, sizeof yes);
    return CUDA_SUCCESS;
  }
  XLM_REQUIRE(attribute >= 4 && attribute <= 8, CUDA_ERROR_INVALID_VALUE);
  const uint64_t numbers[] = {pool->releaseThreshold, pool->reserved, pool->reservedHigh, pool->used, pool->usedHigh};
  memcpy(value, &numbers[attribute - 4], sizeof(uint64_t));
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemPoolTrimTo(void* handle, size_t keep) {
  XLM_ENTER_CONTEXT(cuMemPoolTrimTo);
  Pool* pool = poolOf(handle);
  XLM_REQUIRE(pool != nullptr, CUDA_ERROR_INVALID_VALUE);
  pool->trim(keep);
  return CUDA_SUCCESS;
}

// ---- Memory

XLM_EXPORT int cuMemAllocAsync(uintptr_t* address, size_t bytes, void* stream) {
  XLM_ENTER_CONTEXT(cuMemAllocAsync);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  return allocate(address, bytes, &current->defaultPool);
}

XLM_EXPORT int cuMemAllocFromPoolAsync(uintptr_t* address, size_t bytes, void* pool, void* stream) {
  XLM_ENTER_CONTEXT(cuMemAllocFromPoolAsync);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  XLM_REQUIRE(poolOf(pool) != nullptr, CUDA_ERROR_INVALID_VALUE);
  return allocate(address, bytes, poolOf(pool));
}

XLM_EXPORT int cuMemFreeAsync(uintptr_t address, void* stream) {
  XLM_ENTER_CONTEXT(cuMemFreeAsync);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  return memory::release(address) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

XLM_EXPORT int cuMemAlloc_v2(uintptr_t* address, size_t bytes) {
  XLM_ENTER_CONTEXT(cuMemAlloc_v2);
  return allocate(address, bytes, nullptr);
}

XLM_EXPORT int cuMemFree_v2(uintptr_t address) {
  XLM_ENTER_CONTEXT(cuMemFree_v2);
  return memory::release(address) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

XLM_EXPORT int cuMemGetInfo_v2(size_t* available, size_t* total) {
  XLM_ENTER_CONTEXT(cuMemGetInfo_v2);
  const uint64_t limit = memory::limit(), used = memory::bytesInUse();
  if (available != nullptr) *available = used < limit ? limit - used : 0;
  if (total != nullptr) *total = limit;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  XLM_ENTER_CONTEXT(cuMemHostAlloc);
  XLM_REQUIRE(address != nullptr && bytes > 0, CUDA_ERROR_INVALID_VALUE);
  // Pinned memory begins at a page; the first multiple of 4096 in a slightly larger piece does.
  std::unique_ptr<char[]> piece(new (std::nothrow) char[bytes + 4096]);
  XLM_REQUIRE(piece != nullptr, CUDA_ERROR_OUT_OF_MEMORY);
  char* start = piece.get() + (4096 - reinterpret_cast<uintptr_t>(piece.get()) % 4096) % 4096;
  current->hostMemory[start] = std::move(piece);
  *address = start;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemFreeHost(void* address) {
  XLM_ENTER_CONTEXT(cuMemFreeHost);
  return current->hostMemory.erase(address) == 1 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

XLM_EXPORT int cuMemcpyHtoDAsync_v2(uintptr_t to, const void* from, size_t bytes, void* stream) {
  XLM_ENTER_CONTEXT(cuMemcpyHtoDAsync_v2);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  XLM_REQUIRE(bytes == 0 || (from != nullptr && memory::contains(to, bytes)), CUDA_ERROR_INVALID_VALUE);
  memcpy(reinterpret_cast<void*>(to), from, bytes);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemcpyDtoHAsync_v2(void* to, uintptr_t from, size_t bytes, void* stream) {
  XLM_ENTER_CONTEXT(cuMemcpyDtoHAsync_v2);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  XLM_REQUIRE(bytes == 0 || (to != nullptr && memory::contains(from, bytes)), CUDA_ERROR_INVALID_VALUE);
  if (settings.dry) memset(to, 0, bytes);
  else memcpy(to, reinterpret_cast<const void*>(from), bytes);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, void* stream) {
  XLM_ENTER_CONTEXT(cuMemcpyDtoDAsync_v2);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  XLM_REQUIRE(bytes == 0 || (memory::contains(to, bytes) && memory::contains(from, bytes)), CUDA_ERROR_INVALID_VALUE);
  memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemsetD32Async(uintptr_t to, unsigned value, size_t count, void* stream) {
  XLM_ENTER_CONTEXT(cuMemsetD32Async);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  if (count == 0) return CUDA_SUCCESS;
  XLM_REQUIRE(to % 4 == 0 && count <= Arena::size / 4 && memory::contains(to, count * 4), CUDA_ERROR_INVALID_VALUE);
  auto* words = reinterpret_cast<unsigned*>(to);
  for (size_t i = 0; i < count; i++) words[i] = value;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuMemsetD8Async(uintptr_t to, unsigned char value, size_t count, void* stream) {
  XLM_ENTER_CONTEXT(cuMemsetD8Async);
  XLM_REQUIRE(current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  if (count == 0) return CUDA_SUCCESS;
  XLM_REQUIRE(memory::contains(to, count), CUDA_ERROR_INVALID_VALUE);
  memset(reinterpret_cast<void*>(to), value, count);
  return CUDA_SUCCESS;
}

// ---- Modules and launches

XLM_EXPORT int cuModuleLoadData(void** module, const void* image) {
  XLM_ENTER_CONTEXT(cuModuleLoadData);
  XLM_REQUIRE(module != nullptr && image != nullptr, CUDA_ERROR_INVALID_VALUE);
  int error = CUDA_SUCCESS;
  auto loaded = Module::load(image, error);
  if (loaded == nullptr) return error;
  *module = current->modules.add(std::move(loaded));
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuModuleUnload(void* module) {
  XLM_ENTER_CONTEXT(cuModuleUnload);
  XLM_REQUIRE(current->modules.remove(module) != nullptr, CUDA_ERROR_INVALID_HANDLE);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuModuleGetFunction(void** function, void* module, const char* name) {
  XLM_ENTER_CONTEXT(cuModuleGetFunction);
  XLM_REQUIRE(function != nullptr && name != nullptr, CUDA_ERROR_INVALID_VALUE);
  XLM_REQUIRE(current->modules.has(module), CUDA_ERROR_INVALID_HANDLE);
  Function* found = static_cast<Module*>(module)->find(name);
  XLM_REQUIRE(found != nullptr, CUDA_ERROR_NOT_FOUND);
  *function = found;
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuFuncSetAttribute(void* handle, int attribute, int value) {
  XLM_ENTER_CONTEXT(cuFuncSetAttribute);
  Function* function = functionOf(handle);
  XLM_REQUIRE(function != nullptr, CUDA_ERROR_INVALID_HANDLE);
  if (attribute == 9) return CUDA_SUCCESS;  // PREFERRED_SHARED_MEMORY_CARVEOUT is a hint
  XLM_REQUIRE(attribute == 8, CUDA_ERROR_INVALID_VALUE);
  XLM_REQUIRE(value >= 0 && value <= settings.sharedOptin, CUDA_ERROR_INVALID_VALUE);
  function->maxShared = static_cast<size_t>(value);
  return CUDA_SUCCESS;
}

XLM_EXPORT int cuLaunchKernel(void* handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                              unsigned blockY, unsigned blockZ, unsigned shared, void* stream, void** parameters,
                              void** extra) {
  XLM_ENTER_CONTEXT(cuLaunchKernel);
  Function* function = functionOf(handle);
  XLM_REQUIRE(function != nullptr && current->hasStream(stream), CUDA_ERROR_INVALID_HANDLE);
  XLM_REQUIRE(parameters == nullptr, CUDA_ERROR_NOT_SUPPORTED);
  Kernel& kernel = function->kernel;
  const auto number = [](uint64_t value) { return std::to_string(value); };

  if (gridX == 0 || gridY == 0 || gridZ == 0 || gridX > 0x7fffffffu || gridY > 65535 || gridZ > 65535) {
    return refuse(*function, "a grid of " + number(gridX) + " x " + number(gridY) + " x " + number(gridZ));
  }
  const uint64_t threads = uint64_t(blockX) * blockY * blockZ;
  if (threads == 0 || blockX > 1024 || blockY > 1024 || blockZ > 64 || threads > Block::maxThreads) {
    return refuse(*function, "a block of " + number(blockX) + " x " + number(blockY) + " x " + number(blockZ));
  }
  if (threads > kernel.threads) {
    return refuse(*function, number(threads) + " threads for launch bounds of " + number(kernel.threads));
  }
  // Up to the ordinary limit no attribute is needed, whatever it was set to.
  const size_t most = function->maxShared > 49152 ? function->maxShared : 49152;
  if (shared > most) {
    return refuse(*function, number(shared) + " bytes of shared memory where " + number(most) + " are allowed");
  }
  Arguments arguments;
  XLM_REQUIRE(parse(extra, arguments), CUDA_ERROR_INVALID_VALUE);
  if (arguments.bytes != kernel.bytes || (arguments.packed == nullptr && kernel.bytes > 0)) {
    return refuse(*function,
                  number(arguments.bytes) + " bytes of arguments where the parameters take " + number(kernel.bytes));
  }
  if (settings.dry) return CUDA_SUCCESS;

  Launch launch{&kernel, arguments.packed, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, shared};
  current->sticky = run(launch);
  return CUDA_SUCCESS;
}

// ---- Errors

XLM_EXPORT int cuGetErrorName(int error, const char** name) {
  XLM_COUNT(cuGetErrorName);
  const ErrorText* text = textOf(error);
  *name = text == nullptr ? nullptr : text->name;
  return text == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

XLM_EXPORT int cuGetErrorString(int error, const char** string) {
  XLM_COUNT(cuGetErrorString);
  const ErrorText* text = textOf(error);
  *string = text == nullptr ? nullptr : text->text;
  return text == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}
