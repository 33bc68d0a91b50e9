// What tests ask for and change behind the libraries' backs.
#include <cstdio>
#include <cstring>

#include "calls.h"
#include "driver.h"
#include "export.h"
#include "memory.h"
#include "races.h"
#include "settings.h"

namespace xlm {

Settings settings;

namespace {

// Not an object of its own, which might be made after the first that enters itself here.
Calls*& allCalls() {
  static Calls* first = nullptr;
  return first;
}

}  // namespace

Calls::Calls(const char* function) : function_(function), next_(allCalls()) { allCalls() = this; }

uint64_t Calls::of(const char* function) {
  Calls* calls = allCalls();
  while (calls != nullptr && strcmp(calls->function_, function) != 0) calls = calls->next_;
  return calls == nullptr ? 0 : calls->count_;
}

void Calls::reset() {
  for (Calls* calls = allCalls(); calls != nullptr; calls = calls->next_) calls->count_ = 0;
}

}  // namespace xlm

XLM_EXPORT unsigned long long emuCalls(const char* function) { return xlm::Calls::of(function); }

XLM_EXPORT void emuSet(const char* key, long long value) {
  using namespace xlm;
  const auto is = [&](const char* name) { return strcmp(key, name) == 0; };
  const auto number = static_cast<int>(value);
  if (is("deviceCount")) settings.deviceCount = number < Settings::maxDevices ? number : Settings::maxDevices;
  else if (is("driverVersion")) settings.driverVersion = number;
  else if (is("initError")) settings.initError = number;
  else if (is("major")) settings.major = number;
  else if (is("minor")) settings.minor = number;
  else if (is("memory")) memory::setLimit(static_cast<uint64_t>(value));
  else if (is("sharedOptin")) settings.sharedOptin = number;
  else if (is("failNext")) settings.failNext = number;
  else if (is("dry")) settings.dry = value != 0;
  else if (is("races")) races::enabled = value != 0;
  else fprintf(stderr, "XLM CUDA emulator: emuSet: no setting %s\n", key);
}

XLM_EXPORT unsigned long long emuRaces() { return xlm::races::count; }

XLM_EXPORT unsigned long long emuLeaks() { return xlm::memory::count(); }

XLM_EXPORT void emuReset() {
  using namespace xlm;
  forgetContexts();
  settings = Settings();
  memory::setLimit(memory::defaultLimit);
  races::enabled = true;
  races::count = 0;
  Calls::reset();
}
