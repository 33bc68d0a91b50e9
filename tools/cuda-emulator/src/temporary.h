// Files that live as long as the object that made them.
#pragma once

#include <cstddef>
#include <string>

namespace xlm {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

bool writeFile(const std::string& path, const void* data, size_t bytes);
// Empty when there is no such file.
std::string readFile(const std::string& path);

}  // namespace xlm
