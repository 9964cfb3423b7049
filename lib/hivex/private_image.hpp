// PrivateImage: a verified hive in a file that hivex can be given.
#pragma once

#include "source/private_file.hpp"

#include <hivelint/regf/verify.hpp>

#include <memory>
#include <utility>

namespace hivelint {

/// A hive that is verified, in a file that hivex can be given: read once, copied never.
struct PrivateImage {
    explicit PrivateImage(std::shared_ptr<PrivateFile> copy)
        : file(std::move(copy)), image(file, file->bytes()) {}

    std::shared_ptr<PrivateFile> file;
    regf::VerifiedImage image;
};

} // namespace hivelint
