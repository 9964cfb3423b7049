#include "blocks.hpp"

#include <fmt/core.h>
#include <libvhdi.h>

#include <array>
#include <string_view>

namespace hivelint::helper {
namespace {

Error error_of_vhd(libvhdi_error_t* error, std::string_view what) {
    std::array<char, 512> words = {};
    if (error != nullptr) {
        ::libvhdi_error_sprint(error, words.data(), words.size());
        ::libvhdi_error_free(&error);
    }
    return {ErrorCode::bad_container, fmt::format("{}: {}", what, words.data())};
}

class VhdBlocks final : public Blocks {
public:
    VhdBlocks() {
        libvhdi_error_t* error = nullptr;
        std::uint32_t type = 0;
        if (::libvhdi_file_initialize(&file_, &error) != 1 ||
            ::libvhdi_file_open(file_, "/proc/self/fd/3", LIBVHDI_OPEN_READ, &error) != 1 ||
            ::libvhdi_file_get_media_size(file_, &size_, &error) != 1 ||
            ::libvhdi_file_get_disk_type(file_, &type, &error) != 1) {
            ::libvhdi_file_free(&file_, nullptr);
            throw error_of_vhd(error, "it cannot be opened");
        }
        if (type == LIBVHDI_DISK_TYPE_DIFFERENTIAL) {
            ::libvhdi_file_free(&file_, nullptr);
            throw Error(ErrorCode::no_helper,
                        "it holds the changes to a parent disk alone; merge the two first");
        }
    }
    ~VhdBlocks() override { ::libvhdi_file_free(&file_, nullptr); }

    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<std::byte> out) override {
        while (!out.empty()) {
            libvhdi_error_t* error = nullptr;
            const auto got = ::libvhdi_file_read_buffer_at_offset(
                file_, out.data(), out.size(), static_cast<off64_t>(offset), &error);
            if (got <= 0) {
                throw error_of_vhd(error, fmt::format("it cannot be read at {}", offset));
            }
            out = out.subspan(static_cast<std::size_t>(got));
            offset += static_cast<std::uint64_t>(got);
        }
    }

private:
    libvhdi_file_t* file_ = nullptr;
    std::uint64_t size_ = 0;
};

} // namespace

std::unique_ptr<Blocks> open_vhd(const wire::OpenRequest& /*request*/) {
    return std::make_unique<VhdBlocks>();
}

} // namespace hivelint::helper
