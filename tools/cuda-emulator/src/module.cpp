#include "module.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "errors.h"
#include "settings.h"
#include "temporary.h"

namespace xlm {
namespace {

struct KernelInfo {
  uint32_t threads;
  uint32_t bytes;
};

// Whoever loads a module gives no size; the table of sections is the last thing in a linker's output.
size_t sizeOf(const void* image) {
  Elf64_Ehdr header;
  memcpy(&header, image, sizeof header);
  return header.e_shoff + size_t(header.e_shnum) * header.e_shentsize;
}

struct Extent {
  uintptr_t at;
  uintptr_t start;
  uintptr_t end;
};

int measure(dl_phdr_info* info, size_t, void* data) {
  auto& extent = *static_cast<Extent*>(data);
  if (info->dlpi_addr != extent.at) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    extent.start = std::min<uintptr_t>(extent.start, extent.at + segment.p_vaddr);
    extent.end = std::max<uintptr_t>(extent.end, extent.at + segment.p_vaddr + segment.p_memsz);
  }
  return 1;
}

// As for real binaries: machine code runs on its own generation from its revision on, the portable form on anything
// not older than itself.
bool runsHere(void* library) {
  const auto* arch = static_cast<const unsigned*>(dlsym(library, "xlm_module_arch"));
  const auto* portable = static_cast<const unsigned*>(dlsym(library, "xlm_module_portable"));
  if (arch == nullptr || portable == nullptr) return false;
  const unsigned device = static_cast<unsigned>(settings.major * 100 + settings.minor * 10);
  return *arch <= device && (*portable != 0 || *arch / 100 == device / 100);
}

}  // namespace

std::unique_ptr<Module> Module::load(const void* image, int& error) {
  error = CUDA_ERROR_INVALID_IMAGE;
  if (memcmp(image, ELFMAG, SELFMAG) != 0) return nullptr;
  TemporaryFolder folder;
  const std::string path = folder.file("module.so");
  if (!writeFile(path, image, sizeOf(image))) return nullptr;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    fprintf(stderr, "XLM CUDA emulator: cuModuleLoadData: %s\n", dlerror());
    return nullptr;
  }
  std::unique_ptr<Module> module(new Module(library));
  if (!runsHere(library)) {
    error = CUDA_ERROR_NO_BINARY_FOR_GPU;
    return nullptr;
  }
  error = CUDA_SUCCESS;
  return module;
}

Module::Module(void* library) : library_(library) {
  link_map* map = nullptr;
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) return;
  Extent extent{map->l_addr, UINTPTR_MAX, 0};
  dl_iterate_phdr(measure, &extent);
  start_ = extent.start;
  end_ = extent.end;
}

Module::~Module() { dlclose(library_); }

Function* Module::find(const char* name) {
  const auto known = functions_.find(name);
  if (known != functions_.end()) return known->second.get();
  const std::string symbol = name;
  const auto* info = static_cast<const KernelInfo*>(dlsym(library_, (symbol + "__info").c_str()));
  void* call = dlsym(library_, (symbol + "__call").c_str());
  if (info == nullptr || call == nullptr) return nullptr;
  auto function = std::make_unique<Function>();
  function->kernel.name = symbol;
  function->kernel.call = reinterpret_cast<void (*)(const void*)>(call);
  function->kernel.threads = info->threads;
  function->kernel.bytes = info->bytes;
  function->kernel.imageStart = start_;
  function->kernel.imageEnd = end_;
  function->maxShared = 49152;
  return (functions_[symbol] = std::move(function)).get();
}

bool Module::has(const void* function) const {
  return std::any_of(functions_.begin(), functions_.end(),
                     [&](const auto& entry) { return entry.second.get() == function; });
}

}  // namespace xlm
