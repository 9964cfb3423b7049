// The precompiled header of the tests, as lib/base/pch/standard.hpp is that of the library.
#include "base/pch/standard.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <map>
#include <set>
