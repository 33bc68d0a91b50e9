#include "temporary.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace xlm {

TemporaryFolder::TemporaryFolder() {
  std::error_code failure;
  std::string pattern = std::filesystem::temp_directory_path(failure).string();
  if (failure) pattern = "/tmp";
  pattern += "/xlm-cuda-emulator-XXXXXX";
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

bool writeFile(const std::string& path, const void* data, size_t bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  out.close();
  return out.good();
}

std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

}  // namespace xlm
