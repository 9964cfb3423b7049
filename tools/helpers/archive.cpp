// Archives: zip, 7z, tar and what can be read like these, by libarchive. A file in one can only be
// read from its front, and those of a tar or a solid 7z one after the other: each question is
// one pass.
#include "sandbox.hpp"
#include "serve.hpp"
#include "times.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <unordered_map>
#include <utility>

namespace hivelint::helper {
namespace {

struct Close {
    void operator()(archive* opened) const { ::archive_read_free(opened); }
};
using Archive = std::unique_ptr<archive, Close>;

std::string words_of(archive* opened) {
    const char* words = ::archive_error_string(opened);
    return words == nullptr ? "it is damaged" : words;
}

/// libarchive has no number for it.
bool is_about_a_key(std::string_view words) {
    return words.find("assphrase") != std::string_view::npos ||
           words.find("ncrypt") != std::string_view::npos;
}

Error error_of(archive* opened) {
    auto words = words_of(opened);
    const auto code = is_about_a_key(words) ? ErrorCode::encrypted : ErrorCode::bad_container;
    return {code, std::move(words)};
}

class ArchiveBackend final : public Backend {
public:
    void prepare(const wire::OpenRequest& /*request*/) override { drop_root(); }
    std::uint32_t open(const wire::OpenRequest& request) override;
    void list(const std::string& inside, const std::function<void(const wire::Entry&)>& on_entry,
              const std::function<void(const wire::Problem&)>& on_problem) override;
    void fetch(std::span<const std::uint64_t> ids, const Sink& sink) override;

private:
    Archive begin() const;
    bool next(archive* opened, archive_entry*& entry) const;
    void check_bomb(archive* opened) const;
    void copy(archive* opened, archive_entry* entry, const Sink& sink);

    wire::OpenRequest request_;
    std::uint64_t given_ = 0; ///< bytes of the pass
};

Archive ArchiveBackend::begin() const {
    Archive opened(::archive_read_new());
    auto* a = opened.get();
    // Each by its name: among all filters there are some that start other programs.
    for (const auto support :
         {::archive_read_support_filter_gzip, ::archive_read_support_filter_xz,
          ::archive_read_support_filter_lzma, ::archive_read_support_filter_lzip,
          ::archive_read_support_filter_bzip2, ::archive_read_support_filter_zstd,
          ::archive_read_support_filter_lz4, ::archive_read_support_filter_compress,
          ::archive_read_support_format_zip_seekable, ::archive_read_support_format_7zip,
          ::archive_read_support_format_tar, ::archive_read_support_format_gnutar,
          ::archive_read_support_format_cpio, ::archive_read_support_format_rar,
          ::archive_read_support_format_rar5, ::archive_read_support_format_zip_streamable}) {
        support(a);
    }
    if (request_.format == "compressed") {
        ::archive_read_support_format_raw(a);
    }
    if (!request_.password.empty()) {
        ::archive_read_add_passphrase(a, request_.password.c_str());
    }
    // A zip is gone to at each of its entries, and a block read there.
    constexpr std::size_t kBlock = std::size_t{16} << 10;
    if (::lseek(kContainer, 0, SEEK_SET) != 0 ||
        ::archive_read_open_fd(a, kContainer, kBlock) != ARCHIVE_OK) {
        throw error_of(a);
    }
    return opened;
}

/// More unpacked than any archive of evidence holds, for what was read of it.
void ArchiveBackend::check_bomb(archive* opened) const {
    constexpr std::uint64_t kHarmless = std::uint64_t{1} << 30;
    const auto unpacked = std::max(
        static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(opened, 0), 0)),
        given_);
    const auto packed =
        static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(opened, -1), 1));
    if (unpacked > request_.unpacked_bytes ||
        (unpacked > kHarmless && unpacked / packed > request_.ratio)) {
        throw Error(ErrorCode::limit_exceeded,
                    fmt::format("{} bytes of it became {}: more than is unpacked of one archive",
                                packed, unpacked));
    }
}

bool ArchiveBackend::next(archive* opened, archive_entry*& entry) const {
    const int result = ::archive_read_next_header(opened, &entry);
    if (result == ARCHIVE_EOF) {
        return false;
    }
    if (result < ARCHIVE_WARN) {
        throw error_of(opened);
    }
    check_bomb(opened);
    return true;
}

wire::Type type_of(archive_entry* entry) {
    switch (::archive_entry_filetype(entry)) {
    case AE_IFREG:
    case 0: return wire::Type::file;
    case AE_IFDIR: return wire::Type::folder;
    case AE_IFLNK: return wire::Type::link;
    default: return wire::Type::other;
    }
}

std::string path_of(archive_entry* entry) {
    const char* path = ::archive_entry_pathname(entry);
    if (path == nullptr) {
        path = ::archive_entry_pathname_utf8(entry);
    }
    std::string text = path == nullptr ? "" : path;
    std::ranges::replace(text, '\\', '/'); // as some packers on Windows have it
    return text;
}

std::uint32_t ArchiveBackend::open(const wire::OpenRequest& request) {
    request_ = request;
    const auto opened = begin();
    archive_entry* entry = nullptr;
    next(opened.get(), entry);
    return ::archive_format(opened.get()) == ARCHIVE_FORMAT_RAW ? wire::kOneStream : 0;
}

void ArchiveBackend::list(const std::string& /*inside*/,
                          const std::function<void(const wire::Entry&)>& on_entry,
                          const std::function<void(const wire::Problem&)>& on_problem) {
    const auto opened = begin();
    std::uint64_t id = 0;
    given_ = 0;
    std::unordered_map<std::string, std::uint64_t> names; // of a tar, whose hard links say them
    try {
        for (archive_entry* entry = nullptr; next(opened.get(), entry); ++id) {
            const auto format = ::archive_format(opened.get()) & ARCHIVE_FORMAT_BASE_MASK;
            auto file = id;
            auto type = type_of(entry);
            if (const char* other = ::archive_entry_hardlink(entry)) {
                const auto known = names.find(other);
                file = known != names.end() ? known->second : id;
                type = known != names.end() ? wire::Type::file : wire::Type::link;
            }
            if (format == ARCHIVE_FORMAT_TAR) {
                const char* name = ::archive_entry_pathname(entry);
                names.emplace(name == nullptr ? "" : name, file);
            }
            const auto size = ::archive_entry_size(entry);
            on_entry({.id = file,
                      .type = type,
                      .path = path_of(entry),
                      .size = static_cast<std::uint64_t>(std::max<la_int64_t>(size, 0)),
                      .modified = ::archive_entry_mtime_is_set(entry) != 0
                                      ? ticks_of(::archive_entry_mtime(entry),
                                                 ::archive_entry_mtime_nsec(entry))
                                      : 0,
                      .changed = ::archive_entry_ctime_is_set(entry) != 0
                                     ? ticks_of(::archive_entry_ctime(entry),
                                                ::archive_entry_ctime_nsec(entry))
                                     : 0,
                      .created = ::archive_entry_birthtime_is_set(entry) != 0
                                     ? ticks_of(::archive_entry_birthtime(entry),
                                                ::archive_entry_birthtime_nsec(entry))
                                     : 0});
            // So that what is skipped is counted: a bomb need not be a hive. What can be skipped
            // without being unpacked is.
            if (::archive_format(opened.get()) == ARCHIVE_FORMAT_RAW) {
                break;
            }
            if (format == ARCHIVE_FORMAT_TAR || format == ARCHIVE_FORMAT_CPIO) {
                const void* block = nullptr;
                std::size_t count = 0;
                la_int64_t offset = 0;
                int result = ARCHIVE_OK;
                while ((result = ::archive_read_data_block(opened.get(), &block, &count,
                                                           &offset)) == ARCHIVE_OK) {
                    check_bomb(opened.get());
                }
                if (result < ARCHIVE_WARN) {
                    throw error_of(opened.get());
                }
            }
        }
    } catch (const Error& error) { // what was listed so far counts
        on_problem({.path = {},
                    .code = error.code(),
                    .message = fmt::format("after {} entries: {}", id, error.message())});
    }
}

/// Of a sparse file.
void give_hole(std::uint64_t size, const Backend::Sink& sink) {
    const std::vector<std::byte> zeros(std::min<std::uint64_t>(size, wire::kChunk));
    while (size > 0) {
        const auto part = std::min<std::uint64_t>(size, zeros.size());
        sink.data(std::span(zeros).first(part));
        size -= part;
    }
}

void ArchiveBackend::copy(archive* opened, archive_entry* entry, const Sink& sink) {
    const auto declared =
        ::archive_entry_size_is_set(entry) != 0
            ? static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0))
            : 0;
    const auto check = [this](std::uint64_t size, std::string_view what) {
        if (size > request_.file_bytes) {
            throw Error(ErrorCode::limit_exceeded,
                        fmt::format("it {} {} bytes; {} are unpacked at most", what, size,
                                    request_.file_bytes));
        }
    };
    check(declared, "is said to take");
    std::uint64_t have = 0;
    while (true) {
        const void* block = nullptr;
        std::size_t count = 0;
        la_int64_t offset = 0;
        const int result = ::archive_read_data_block(opened, &block, &count, &offset);
        if (result == ARCHIVE_EOF) {
            break;
        }
        if (result < ARCHIVE_WARN || offset < 0 || static_cast<std::uint64_t>(offset) < have) {
            throw error_of(opened);
        }
        const auto at = static_cast<std::uint64_t>(offset);
        check(at, "takes more than");
        check(at + count, "takes more than");
        given_ += at + count - have;
        check_bomb(opened);
        give_hole(at - have, sink);
        sink.data({static_cast<const std::byte*>(block), count});
        have = at + count;
    }
    // Of a tar's sparse file libarchive leaves out the hole at the end.
    const bool tar = (::archive_format(opened) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
    if (tar && declared > have) {
        give_hole(declared - have, sink);
    }
}

void ArchiveBackend::fetch(std::span<const std::uint64_t> ids, const Sink& sink) {
    const auto opened = begin();
    given_ = 0;
    std::uint64_t id = 0;
    for (archive_entry* entry = nullptr; !ids.empty() && next(opened.get(), entry); ++id) {
        if (ids.front() != id) {
            continue;
        }
        ids = ids.subspan(1);
        sink.begin(
            id, static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0)));
        try {
            copy(opened.get(), entry, sink);
        } catch (const Error& error) { // the others may be well
            sink.fail(error);
            continue;
        }
        sink.end();
    }
}

} // namespace
} // namespace hivelint::helper

int main(int argc, char** argv) {
    using namespace hivelint::helper;
    return serve(argc, argv, archive_version_string(),
                 [] { return std::make_unique<ArchiveBackend>(); });
}
