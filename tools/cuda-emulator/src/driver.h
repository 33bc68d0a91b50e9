// The state behind the driver's handles. Each device has one context, its primary one, and a handle is the address of
// the thing itself, valid as long as its context's set has it.
#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "memory.h"
#include "module.h"

namespace xlm {

struct Stream {};

struct Event {
  bool timed = true;
  bool recorded = false;
  double milliseconds = 0;
};

template <class T>
class Handles {
 public:
  T* add(std::unique_ptr<T> thing) {
    T* handle = thing.get();
    things_[handle] = std::move(thing);
    return handle;
  }
  bool has(const void* handle) const { return things_.count(handle) != 0; }
  std::unique_ptr<T> remove(const void* handle) {
    const auto it = things_.find(handle);
    if (it == things_.end()) return nullptr;
    std::unique_ptr<T> thing = std::move(it->second);
    things_.erase(it);
    return thing;
  }
  template <class Do>
  void each(Do apply) {
    for (auto& [handle, thing] : things_) apply(*thing);
  }
  void clear() { things_.clear(); }

 private:
  std::unordered_map<const void*, std::unique_ptr<T>> things_;
};

struct Context {
  int device = 0;
  int retained = 0;
  // Once a kernel has failed, the answer to every call until the context is reset.
  int sticky = 0;
  Pool defaultPool;
  Handles<Pool> pools;
  // Destroyed with memory still out; kept until that has come back.
  std::vector<std::unique_ptr<Pool>> formerPools;
  Handles<Stream> streams;
  Handles<Event> events;
  Handles<Module> modules;
  std::unordered_map<void*, std::unique_ptr<char[]>> hostMemory;

  void clear();
  bool hasStream(const void* stream) const;
};

// The context calls go to, or null.
Context* currentContext();
void forgetContexts();

}  // namespace xlm
