// The sample profiles below testdata/: made here, kept in the tree for people and programs that
// want files. tests/make_samples writes them, tests/test_samples.cpp holds the tree against them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hivelint::test {

struct Sample {
    std::string relative_path; ///< below testdata/, with slashes
    std::vector<std::byte> bytes;
};

/// The folder below testdata/ that holds the samples and nothing else.
inline constexpr const char* kSampleFolder = "profiles";

/// All of them, hives and logs, always the same bytes.
std::vector<Sample> samples();

} // namespace hivelint::test
