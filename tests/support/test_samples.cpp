// The sample files in the tree are what tests/samples.cpp makes, and nothing else lies among them.
#include "tests/support/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using hivelint::test::kSampleFolder;
using hivelint::test::samples;

namespace {

const std::filesystem::path kTestdata = HIVELINT_TESTDATA;

std::vector<std::byte> content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in.is_open());
    const std::string text(std::istreambuf_iterator<char>(in), {});
    std::vector<std::byte> bytes;
    std::ranges::transform(text, std::back_inserter(bytes),
                           [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

} // namespace

TEST_CASE("samples: the files hold what is made for them") {
    for (const auto& sample : samples()) {
        CAPTURE(sample.relative_path);
        CHECK(sample.bytes.size() >= 8 * 1024);
        CHECK(sample.bytes.size() <= 24 * 1024);
        const bool same = content(kTestdata / sample.relative_path) == sample.bytes;
        CHECK_MESSAGE(same, "run make_samples, and look at the difference before committing it");
    }
}

TEST_CASE("samples: no other files lie among them") {
    std::vector<std::string> made;
    for (const auto& sample : samples()) {
        made.push_back(sample.relative_path);
    }
    std::vector<std::string> found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(kTestdata / kSampleFolder)) {
        if (!entry.is_directory()) {
            found.push_back(entry.path().lexically_relative(kTestdata).generic_string());
        }
    }
    std::ranges::sort(made);
    std::ranges::sort(found);
    CHECK(found == made);
}
