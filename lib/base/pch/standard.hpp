// The precompiled header of the library: what most of its files read of others' headers, so that it
// is parsed once. Each file includes what it uses all the same, and compiles without this one
// (-Db_pch=false).
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>
