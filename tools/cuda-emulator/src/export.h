// Everything is hidden except what a caller or a compiled kernel has to find by name.
#pragma once

#define XLM_EXPORT extern "C" __attribute__((visibility("default")))
