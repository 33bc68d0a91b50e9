// The machine the emulator pretends to be. Tests change it through emuSet.
#pragma once

namespace xlm {

struct Settings {
  static constexpr int maxDevices = 8;

  int deviceCount = 1;
  int driverVersion = 12080;
  int initError = 0;
  int major = 8;
  int minor = 0;
  int sharedOptin = 101376;
  int failNext = 0;
  // Nothing is computed, and whatever is read is zeros: what is left is the caller's own work.
  bool dry = false;
};

extern Settings settings;

}  // namespace xlm
