// OpenHive: what a Hive and its keys and values share: hivex's handle and the bytes it reads.
#pragma once

#include "regf/core/bytes.hpp"
#include "source/private_file.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

struct hive_h; // hivex's, whose header no other header needs

namespace hivelint {

class OpenHive {
public:
    /// `file` holds a hive in which verify() found no damage. Its base block is changed where hivex
    /// would refuse it. Throws Error hivex_failed.
    explicit OpenHive(std::shared_ptr<PrivateFile> file);

    hive_h* get() const { return handle_.get(); }

    /// Every error of hivex passes here: `good` is what its call said, errno was clear before it.
    void check(bool good, std::string_view call) const;

    /// The record of the cell at `offset` in the file, which is what a hivex handle is.
    regf::Bytes record(std::size_t offset) const;

    /// The data of the value at `offset` as our own reader sees it.
    std::vector<std::byte> data_of_value(std::size_t offset) const;

private:
    struct Closer {
        void operator()(hive_h* handle) const;
    };
    std::shared_ptr<const PrivateFile> file_;
    std::span<const std::byte> bytes_;
    std::unique_ptr<hive_h, Closer> handle_;
};

} // namespace hivelint
