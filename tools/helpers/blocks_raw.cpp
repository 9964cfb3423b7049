#include "beside.hpp"
#include "blocks.hpp"
#include "serve.hpp"

#include <fmt/core.h>

#include <algorithm>
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
    void add(Descriptor file) {
        struct stat status = {};
        if (::fstat(file.get(), &status) != 0) {
            throw Error(ErrorCode::io_error, "a part of the image cannot be looked at");
        }
        const auto size = static_cast<std::uint64_t>(status.st_size);
        parts_.push_back({std::move(file), size_, size});
        size_ += size;
    }

    std::uint64_t size() const override { return size_; }
    bool as_stored() const override { return parts_.size() == 1; }
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

} // namespace

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
