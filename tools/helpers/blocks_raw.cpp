#include "beside.hpp"
#include "blocks.hpp"
#include "serve.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace hivelint::helper {
namespace {

class RawBlocks final : public Blocks {
public:
    /// Without the last `behind` bytes.
    void add(Descriptor file, std::uint64_t behind = 0) {
        struct stat status = {};
        if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
            throw Error(ErrorCode::io_error, "a part of the image cannot be looked at");
        }
        const auto size = static_cast<std::uint64_t>(status.st_size) - behind;
        parts_.push_back({std::move(file), size_, size});
        size_ += size;
    }

    std::uint64_t size() const override { return size_; }
    bool as_stored() const override { return parts_.size() == 1; }
    std::string why_sealed() const override {
        return as_stored() ? "" : "an image in several parts is not written to; join them (cat)";
    }
    void read(std::uint64_t offset, std::span<std::byte> out) override {
        auto part = std::ranges::upper_bound(parts_, offset, {}, &Part::start);
        for (--part; !out.empty(); ++part) {
            const auto inside = offset - part->start;
            const auto count = std::min<std::uint64_t>(out.size(), part->size - inside);
            read_all(part->file.get(), inside, out.first(count));
            out = out.subspan(count);
            offset += count;
        }
    }

private:
    struct Part {
        Descriptor file;
        std::uint64_t start = 0; ///< in the disk
        std::uint64_t size = 0;
    };

    std::vector<Part> parts_;
    std::uint64_t size_ = 0;
};

constexpr std::size_t kFooter = 512; // of a VHD

Error not_writable() {
    return {ErrorCode::invalid_argument, "the image is not open to be written to"};
}

} // namespace

void Blocks::write(std::uint64_t /*offset*/, std::span<const std::byte> /*bytes*/) {
    throw not_writable();
}
void Blocks::close() { throw not_writable(); }

bool is_fixed_vhd() {
    struct stat status = {};
    if (::fstat(kContainer, &status) != 0 || status.st_size < static_cast<off_t>(kFooter)) {
        return false;
    }
    std::array<std::byte, kFooter> footer = {};
    read_all(kContainer, static_cast<std::uint64_t>(status.st_size) - kFooter, footer);
    constexpr std::size_t kType = 60; // four bytes, big-endian
    constexpr std::string_view kCookie = "conectix";
    constexpr std::array kFixed = {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{2}};
    return std::ranges::equal(std::span(footer).first(kCookie.size()),
                              std::as_bytes(std::span(kCookie))) &&
           std::ranges::equal(std::span(footer).subspan(kType, kFixed.size()), kFixed);
}

std::unique_ptr<Blocks> open_fixed_vhd() {
    auto blocks = std::make_unique<RawBlocks>();
    blocks->add(Descriptor(::dup(kContainer)), kFooter);
    return blocks;
}

std::unique_ptr<Blocks> open_raw(const wire::OpenRequest& request) {
    auto blocks = std::make_unique<RawBlocks>();
    blocks->add(Descriptor(::dup(kContainer)));
    const auto& path = request.path;
    if (!path.ends_with(".001")) {
        return blocks;
    }
    const auto part_name = [&](int number) {
        return fmt::format("{}{:03}", path.substr(0, path.size() - 3), number);
    };
    int number = 2;
    for (; is_file(part_name(number)); ++number) {
        blocks->add(open_beside(part_name(number)));
    }
    constexpr int kLook = 20;
    for (int next = number + 1; next < number + kLook; ++next) {
        if (is_file(part_name(next))) {
            throw Error(
                ErrorCode::bad_container,
                fmt::format("its part {:03} is missing, part {:03} is there", number, next));
        }
    }
    return blocks;
}

} // namespace hivelint::helper
