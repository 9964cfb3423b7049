// The entry point of each test executable.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

// glibc keeps what it read from LOCPATH, which the tests of locales set.
extern "C" const char* __lsan_default_suppressions(); // NOLINT: the sanitizer's name for it
extern "C" const char* __lsan_default_suppressions() { return "leak:argz_add_sep\n"; } // NOLINT
