// TempDir on Windows; tests/temp_dir.hpp takes it.
#pragma once

#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

namespace hivelint::test {

class TempDir {
public:
    TempDir() {
        std::random_device random;
        path_ = std::filesystem::temp_directory_path() /
                ("hivelint-" + std::to_string(random()) + std::to_string(random()));
        if (!std::filesystem::create_directory(path_)) {
            throw std::runtime_error("cannot make a temporary folder");
        }
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace hivelint::test
