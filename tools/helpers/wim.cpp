// WIM and ESD by libwim: each image of the file is a folder, `1/Users/Default/NTUSER.DAT`.
#include "beside.hpp"
#include "serve.hpp"
#include "times.hpp"
#include "wim_exchange.hpp"

#include <fmt/core.h>
#include <wimlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hivelint::helper {
namespace {

constexpr int kAnswers = STDOUT_FILENO;

Error error_of_wim(int code) {
    const auto kind = code == WIMLIB_ERR_WIM_IS_ENCRYPTED ? ErrorCode::encrypted
                      : code == WIMLIB_ERR_NOMEM          ? ErrorCode::limit_exceeded
                                                          : ErrorCode::bad_container;
    const char* words = ::wimlib_get_error_string(static_cast<wimlib_error_code>(code));
    return {kind, words == nullptr ? "it is damaged" : words};
}

void check(int code) {
    if (code != 0) {
        throw error_of_wim(code);
    }
}

struct Close {
    void operator()(WIMStruct* opened) const { ::wimlib_free(opened); }
};

std::uint64_t ticks(const wimlib_timespec& time) {
    return time.tv_sec == 0 ? 0 : ticks_of(time.tv_sec, time.tv_nsec);
}

class WimBackend final : public Backend {
public:
    std::uint32_t open(const wire::OpenRequest& request) override;
    void list(const std::string& inside, const std::function<void(const wire::Entry&)>& on_entry,
              const std::function<void(const wire::Problem&)>& on_problem) override;
    void fetch(std::span<const std::uint64_t> ids, const Sink& sink) override;
    wire::Map map(std::uint64_t id) override;
    Exchanged exchange(std::uint64_t id, const std::vector<wire::Edit>& edits,
                       const OnData& data) override;

private:
    struct Place {
        int image = 0;
        std::string path; ///< in the image
        std::uint64_t size = 0;
        bool encrypted = false;
        std::array<std::uint8_t, 20>
            hash{}; ///< SHA-1 of the content; zeros where that is not known
    };

    /// One image's listing under way.
    struct Listing {
        WimBackend& backend;
        int image;
        const std::function<void(const wire::Entry&)>& on_entry;
        std::exception_ptr thrown{};
    };
    static int take(const wimlib_dir_entry* entry, void* listing);
    void take(const wimlib_dir_entry& entry, Listing& listing);
    Descriptor extract(const Place& place);

    wire::OpenRequest request_;
    std::unique_ptr<WIMStruct, Close> wim_;
    int images_ = 0;
    std::vector<Place> places_;                                  ///< by id
    std::map<std::pair<int, std::uint64_t>, std::uint64_t> ids_; ///< of files with several names
};

std::uint32_t WimBackend::open(const wire::OpenRequest& request) {
    request_ = request;
    WIMStruct* wim = nullptr;
    check(::wimlib_open_wim("/proc/self/fd/3", 0, &wim));
    wim_.reset(wim);
    wimlib_wim_info info = {};
    check(::wimlib_get_wim_info(wim, &info));
    images_ = static_cast<int>(info.image_count);
    if (info.total_parts > 1) {
        const auto dot = request.path.rfind('.');
        if (dot == std::string::npos) {
            throw Error(ErrorCode::bad_container, "its further parts are not beside it");
        }
        std::vector<std::string> names; // image.swm, image2.swm, …
        for (int part = 2; part <= info.total_parts; ++part) {
            names.push_back(
                fmt::format("{}{}{}", request.path.substr(0, dot), part, request.path.substr(dot)));
            if (!is_file(names.back())) {
                throw Error(
                    ErrorCode::bad_container,
                    fmt::format("its part {} of {} is not beside it", part, info.total_parts));
            }
        }
        std::vector<const char*> words;
        words.reserve(names.size());
        for (const auto& name : names) {
            words.push_back(name.c_str());
        }
        check(::wimlib_reference_resource_files(wim, words.data(),
                                                static_cast<unsigned>(words.size()), 0, 0));
    }
    return 0;
}

int WimBackend::take(const wimlib_dir_entry* entry, void* listing) {
    auto& to = *static_cast<Listing*>(listing);
    try {
        to.backend.take(*entry, to);
        return 0;
    } catch (...) { // not through a library in C
        to.thrown = std::current_exception();
        return 1;
    }
}

void WimBackend::take(const wimlib_dir_entry& entry, Listing& listing) {
    if (entry.filename == nullptr) {
        return; // the root
    }
    const bool folder = (entry.attributes & WIMLIB_FILE_ATTRIBUTE_DIRECTORY) != 0;
    const bool link = (entry.attributes & WIMLIB_FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
                      entry.reparse_tag != WIMLIB_REPARSE_TAG_WOF;
    auto id = static_cast<std::uint64_t>(places_.size());
    if (!folder && entry.num_links > 1) {
        id = ids_.emplace(std::pair(listing.image, entry.hard_link_group_id), id).first->second;
    }
    const auto size = entry.streams[0].resource.uncompressed_size;
    if (id == places_.size()) {
        Place place = {.image = listing.image, .path = entry.full_path, .size = size};
        place.encrypted = (entry.attributes & WIMLIB_FILE_ATTRIBUTE_ENCRYPTED) != 0;
        std::ranges::copy(entry.streams[0].resource.sha1_hash, place.hash.begin());
        places_.push_back(std::move(place));
    }
    listing.on_entry({.id = id,
                      .type = link     ? wire::Type::link
                              : folder ? wire::Type::folder
                                       : wire::Type::file,
                      .path = fmt::format("{}{}", listing.image, entry.full_path),
                      .size = size,
                      .modified = ticks(entry.last_write_time),
                      .created = ticks(entry.creation_time)});
}

void WimBackend::list(const std::string& inside,
                      const std::function<void(const wire::Entry&)>& on_entry,
                      const std::function<void(const wire::Problem&)>& on_problem) {
    const auto wanted = inside.substr(0, inside.find('/'));
    for (int image = 1; image <= images_; ++image) {
        if (!wanted.empty() && wanted != std::to_string(image)) {
            continue;
        }
        Listing listing = {.backend = *this, .image = image, .on_entry = on_entry};
        const int result = ::wimlib_iterate_dir_tree(
            wim_.get(), image, "/", WIMLIB_ITERATE_DIR_TREE_FLAG_RECURSIVE, take, &listing);
        if (listing.thrown) {
            std::rethrow_exception(listing.thrown);
        }
        if (result != 0) {
            const auto error = error_of_wim(result);
            on_problem(
                {.path = std::to_string(image), .code = error.code(), .message = error.message()});
        }
    }
}

/// libwim gives a file's content to standard output alone: for that moment it is memory.
Descriptor WimBackend::extract(const Place& place) {
    if (place.encrypted) {
        throw Error(ErrorCode::encrypted, "Windows has encrypted it (EFS)");
    }
    if (place.size > request_.file_bytes) {
        throw Error(ErrorCode::limit_exceeded,
                    fmt::format("it is said to take {} bytes; {} are unpacked at most", place.size,
                                request_.file_bytes));
    }
    Descriptor memory(::memfd_create("hive", MFD_CLOEXEC));
    const Descriptor answers(::dup(kAnswers));
    if (memory.get() < 0 || answers.get() < 0 || ::dup2(memory.get(), kAnswers) < 0) {
        throw Error(ErrorCode::io_error, "no memory for the content of a file");
    }
    const char* path = place.path.c_str();
    const int result = ::wimlib_extract_paths(wim_.get(), place.image, ".", &path, 1,
                                              WIMLIB_EXTRACT_FLAG_TO_STDOUT);
    ::dup2(answers.get(), kAnswers);
    check(result);
    return memory;
}

void give(const Descriptor& memory, std::uint64_t size, const Backend::Sink& sink) {
    std::vector<std::byte> chunk(wire::kChunk);
    for (std::uint64_t at = 0; at < size;) {
        const auto part = std::span(chunk).first(std::min<std::uint64_t>(chunk.size(), size - at));
        read_all(memory.get(), at, part);
        sink.data(part);
        at += part.size();
    }
}

void WimBackend::fetch(std::span<const std::uint64_t> ids, const Sink& sink) {
    std::vector<std::uint64_t> order(ids.begin(), ids.end());
    if (std::ranges::any_of(order, [&](auto id) { return id >= places_.size(); })) {
        throw Error(ErrorCode::invalid_argument, "there is no such file");
    }
    // What is the same in several images, or profiles, is unpacked once.
    std::ranges::sort(order, [&](std::uint64_t a, std::uint64_t b) {
        const auto& x = places_[a].hash;
        const auto& y = places_[b].hash;
        return x != y ? x < y : a < b;
    });
    std::optional<Descriptor> memory;
    const Place* of = nullptr;
    for (const auto id : order) {
        const auto& place = places_[id];
        sink.begin(id, place.size);
        try {
            constexpr std::array<std::uint8_t, 20> kUnknown = {};
            if (of == nullptr || of->hash != place.hash || place.hash == kUnknown) {
                of = nullptr;
                memory.emplace(extract(place));
                of = &place;
            }
            give(*memory, place.size, sink);
        } catch (const Error& error) { // the others may be well
            sink.fail(error);
            continue;
        }
        sink.end();
    }
}

/// A file is not changed where it lies, but exchanged: where that is, nobody needs to know.
wire::Map WimBackend::map(std::uint64_t id) {
    if (places_.at(id).encrypted) {
        throw Error(ErrorCode::encrypted, "Windows has encrypted it (EFS)");
    }
    require_exchangeable(kContainer);
    return {.direct = false, .extents = {{.offset = 0, .place = 0, .size = places_[id].size}}};
}

Backend::Exchanged WimBackend::exchange(std::uint64_t id, const std::vector<wire::Edit>& edits,
                                        const OnData& data) {
    const auto& place = places_.at(id);
    std::vector<WimResource::Edit> parts;
    for (const auto& edit : edits) {
        const auto bytes = std::as_bytes(std::span(edit.bytes));
        if (edit.offset > place.size || bytes.size() > place.size - edit.offset) {
            throw Error(ErrorCode::invalid_argument, "that lies outside of the file");
        }
        parts.push_back({edit.offset, {bytes.begin(), bytes.end()}});
    }
    const auto exchanged =
        exchange_in_wim(kContainer, static_cast<std::uint32_t>(place.image), place.path, parts);
    data(exchanged.appended);
    return {
        .end = exchanged.end,
        .front = {reinterpret_cast<const char*>(exchanged.header.data()), exchanged.header.size()}};
}

} // namespace
} // namespace hivelint::helper

int main(int argc, char** argv) {
    using namespace hivelint::helper;
    const auto version = wimlib_get_version();
    return serve(
        argc, argv,
        fmt::format("libwim {}.{}.{}", version >> 20U, version >> 10U & 1023U, version & 1023U),
        [] {
            wimlib_global_init(0);
            return std::make_unique<WimBackend>();
        });
}
