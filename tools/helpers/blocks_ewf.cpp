#include "beside.hpp"
#include "blocks.hpp"
#include "text/le.hpp"

#include <fmt/core.h>
#include <libewf.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::helper {
namespace {

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t width) {
    return load_number({reinterpret_cast<const char*>(&bytes[at]), width});
}

/// libewf reads zeros where a segment is missing, without a word. Each segment but the last one
/// ends with a section `next`, the last one with `done` (Expert Witness Compression Format,
/// 2.1 and 3.1).
void check_segment(const std::string& path, std::uint64_t number, bool last) {
    const auto file = open_beside(path);
    std::array<std::byte, 13> start = {};
    read_all(file.get(), 0, start);
    if (number_at(start, 9, 2) != number) {
        throw Error(ErrorCode::bad_container,
                    fmt::format("its segment {} says that it is segment {}", number,
                                number_at(start, 9, 2)));
    }
    constexpr std::size_t kSection = 76;
    constexpr int kMost = 1 << 20;
    std::uint64_t at = start.size();
    for (int i = 0; i < kMost; ++i) {
        std::array<std::byte, kSection> section = {};
        read_all(file.get(), at, section);
        const std::string_view type(reinterpret_cast<const char*>(section.data()), 4);
        const auto next = number_at(section, 16, 8);
        if (type == "next" || type == "done") {
            if ((type == "done") != last) {
                throw Error(ErrorCode::bad_container,
                            last ? fmt::format("its segment {} is missing", number + 1)
                                 : fmt::format("it ends with segment {}, and further ones lie "
                                               "beside it",
                                               number));
            }
            return;
        }
        if (next <= at) {
            break;
        }
        at = next;
    }
    throw Error(ErrorCode::bad_container, at,
                fmt::format("its segment {} has no end: its sections lead nowhere", number));
}

Error error_of_ewf(libewf_error_t* error, std::string_view what) {
    std::array<char, 512> words = {};
    if (error != nullptr) {
        ::libewf_error_sprint(error, words.data(), words.size());
        ::libewf_error_free(&error);
    }
    return {ErrorCode::bad_container, fmt::format("{}: {}", what, words.data())};
}

class EwfBlocks final : public Blocks {
public:
    explicit EwfBlocks(const std::string& path) {
        char** names = nullptr;
        int count = 0;
        libewf_error_t* error = nullptr;
        std::string alone = "/proc/self/fd/3";
        std::array<char*, 1> only = {alone.data()};
        if (path.empty()) { // in another container
            names = only.data();
            count = 1;
        } else if (::libewf_glob(path.c_str(), path.size(), LIBEWF_FORMAT_UNKNOWN, &names, &count,
                                 &error) != 1) {
            throw error_of_ewf(error, "its segments cannot be listed");
        }
        try {
            if (!path.empty()) {
                for (int i = 0; i < count; ++i) {
                    check_segment(names[i], static_cast<std::uint64_t>(i) + 1, i + 1 == count);
                }
            }
            if (::libewf_handle_initialize(&handle_, &error) != 1 ||
                ::libewf_handle_open(handle_, names, count, LIBEWF_OPEN_READ, &error) != 1 ||
                ::libewf_handle_get_media_size(handle_, &size_, &error) != 1) {
                throw error_of_ewf(error, "it cannot be opened");
            }
        } catch (...) {
            free_names(names, count, path);
            ::libewf_handle_free(&handle_, nullptr);
            throw;
        }
        free_names(names, count, path);
    }
    ~EwfBlocks() override { ::libewf_handle_free(&handle_, nullptr); }

    std::string why_sealed() const override {
        return "an E01 image is evidence, sealed with hashes of its own; nothing is written to one";
    }
    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<std::byte> out) override {
        while (!out.empty()) {
            libewf_error_t* error = nullptr;
            const auto got = ::libewf_handle_read_random(handle_, out.data(), out.size(),
                                                         static_cast<off64_t>(offset), &error);
            if (got <= 0) {
                throw error_of_ewf(error, fmt::format("it cannot be read at {}", offset));
            }
            out = out.subspan(static_cast<std::size_t>(got));
            offset += static_cast<std::uint64_t>(got);
        }
    }

private:
    static void free_names(char** names, int count, const std::string& path) {
        if (!path.empty()) {
            ::libewf_glob_free(names, count, nullptr);
        }
    }

    libewf_handle_t* handle_ = nullptr;
    std::uint64_t size_ = 0;
};

} // namespace

std::unique_ptr<Blocks> open_ewf(const wire::OpenRequest& request) {
    return std::make_unique<EwfBlocks>(request.path);
}

} // namespace hivelint::helper
