#include "container_reader.hpp"

#include "format.hpp"
#include "platform/path_text.hpp"
#include "source/check_range.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>

namespace hivelint {
namespace {

constexpr std::string_view kPrefix = "hivelint-";

std::filesystem::path program_of(std::string_view helper, const std::filesystem::path& folder) {
    if (folder.empty()) {
        throw Error(ErrorCode::no_helper, "archives and disk images are not opened");
    }
    auto program = folder / path_of(std::string(kPrefix) + std::string(helper));
    std::error_code failed;
    if (!std::filesystem::is_regular_file(program, failed)) {
        throw Error(ErrorCode::no_helper,
                    fmt::format("what opens it is not installed: {}{}", kPrefix, helper));
    }
    return program;
}

} // namespace

std::vector<ContainerHelper> container_helpers(const std::filesystem::path& folder) {
    std::vector<ContainerHelper> helpers;
    for (const std::string_view name : {"archive", "disk", "wim"}) {
        ContainerHelper helper = {.name = name, .libraries = {}};
        try {
            HelperProcess process(program_of(name, folder), {"--version"}, kNoHandle);
            helper.libraries = process.read_all(std::chrono::seconds(10));
            while (helper.libraries.ends_with('\n')) {
                helper.libraries.pop_back();
            }
        } catch (const Error&) { // it is not there
        }
        helpers.push_back(std::move(helper));
    }
    return helpers;
}

ContainerReader::ContainerReader(ContainerFormat format, Handle file,
                                 const std::filesystem::path& path, const ContainerOptions& options,
                                 Access access)
    : limits_(options.limits),
      helper_(program_of(helper_of(format), options.helpers), {"serve"}, file) {
    ask(wire::Kind::open,
        wire::to_body(wire::OpenRequest{
            .format = std::string(to_string(format)),
            .path = path.empty() ? "" : text_of(absolute_path(path)),
            .password = options.password.value_or(""),
            .file_bytes = std::max(options.limits.file_bytes, options.limits.nested_bytes),
            .unpacked_bytes = options.limits.unpacked_bytes,
            .ratio = options.limits.ratio,
            .writable = access == Access::write}));
    flags_ = static_cast<std::uint32_t>(wire::Reader(answer().body).number(4));
}

void ContainerReader::ask(wire::Kind kind, std::string_view body) {
    helper_.write(wire::to_bytes(kind, body));
}

wire::Header ContainerReader::next_header() {
    std::array<char, wire::kHeaderSize> start = {};
    helper_.read(start, std::chrono::seconds(limits_.seconds));
    return wire::parse_header({start.data(), start.size()});
}

ContainerReader::Answer ContainerReader::body_of(wire::Header header) {
    Answer answer = {.kind = header.kind, .body = std::string(header.length, '\0')};
    helper_.read(answer.body, std::chrono::seconds(limits_.seconds));
    if (answer.kind == wire::Kind::failure) {
        auto problem = wire::parse_problem(answer.body);
        throw Error(problem.code, std::move(problem.message));
    }
    return answer;
}

void ContainerReader::list(const std::string& inside, const OnEntry& on_entry,
                           const OnProblem& on_problem) {
    const std::scoped_lock lock(mutex_);
    ask(wire::Kind::list, inside);
    std::uint64_t entries = 0;
    while (true) {
        const auto next = answer();
        switch (next.kind) {
        case wire::Kind::entry:
            if (++entries > limits_.entries) {
                throw Error(ErrorCode::limit_exceeded,
                            fmt::format("it has more than {} entries", limits_.entries));
            }
            on_entry(wire::parse_entry(next.body));
            break;
        case wire::Kind::problem: on_problem(wire::parse_problem(next.body)); break;
        default: return;
        }
    }
}

/// A file's content, up to what ends it: why it is not whole.
std::optional<Error> ContainerReader::take_content(std::vector<std::byte>& bytes,
                                                   MemoryFile* into) {
    const auto most = into == nullptr ? limits_.file_bytes : limits_.nested_bytes;
    std::uint64_t have = 0;
    while (true) {
        const auto header = next_header();
        if (header.kind != wire::Kind::data) {
            const auto end = body_of(header);
            if (into != nullptr) {
                into->set_length(have);
            }
            if (end.kind == wire::Kind::problem) {
                auto problem = wire::parse_problem(end.body);
                return Error(problem.code, std::move(problem.message));
            }
            return have > most ? std::optional(Error(ErrorCode::limit_exceeded,
                                                     fmt::format("it takes {} bytes; {} are "
                                                                 "unpacked at most",
                                                                 have, most)))
                               : std::nullopt;
        }
        const bool is_kept = into == nullptr && have + header.length <= most;
        const auto start = is_kept ? bytes.size() : 0;
        if (!is_kept && into == nullptr && bytes.capacity() > wire::kChunk) {
            bytes = {}; // it is too long: the rest is passed over
        }
        bytes.resize(start + header.length);
        const auto part = std::span(bytes).subspan(start);
        helper_.read({reinterpret_cast<char*>(part.data()), part.size()},
                     std::chrono::seconds(limits_.seconds));
        if (into != nullptr && have + header.length <= most) {
            into->put(have, part);
        }
        have += header.length;
    }
}

void ContainerReader::fetch(std::span<const std::uint64_t> ids, const OnFile& on_file,
                            const OnBegin& on_begin) {
    const std::scoped_lock lock(mutex_);
    // So many at a time that the question fits a message.
    constexpr std::size_t kAtATime = 100'000;
    while (!ids.empty()) {
        const auto part = ids.first(std::min(kAtATime, ids.size()));
        ids = ids.subspan(part.size());
        wire::Writer question;
        for (const auto id : part) {
            question.number(id);
        }
        ask(wire::Kind::fetch, question.take());
        for (auto next = answer(); next.kind == wire::Kind::file; next = answer()) {
            wire::Reader file(next.body);
            const auto id = file.number();
            std::vector<std::byte> bytes;
            constexpr std::uint64_t kBelieved = std::uint64_t{16} << 20;
            bytes.reserve(std::min(file.number(), kBelieved)); // so much it is said to be
            auto error = take_content(bytes, on_begin ? on_begin(id) : nullptr);
            on_file(id, std::move(bytes), std::move(error));
        }
    }
}

wire::Entry ContainerReader::stat(std::uint64_t id) {
    const std::scoped_lock lock(mutex_);
    wire::Writer question;
    question.number(id);
    ask(wire::Kind::stat, question.take());
    return wire::parse_entry(answer().body);
}

void ContainerReader::read_at(std::uint64_t id, std::uint64_t offset, std::span<std::byte> out) {
    const std::scoped_lock lock(mutex_);
    while (!out.empty()) {
        const auto part = out.first(std::min(wire::kChunk, out.size()));
        wire::Writer question;
        question.number(id);
        question.number(offset);
        question.number(part.size(), 4);
        ask(wire::Kind::read, question.take());
        const auto header = next_header();
        if (header.kind != wire::Kind::data || header.length != part.size()) {
            static_cast<void>(body_of(header));
            throw Error(ErrorCode::bad_container, offset, "what reads it gave something else");
        }
        helper_.read({reinterpret_cast<char*>(part.data()), part.size()},
                     std::chrono::seconds(limits_.seconds));
        out = out.subspan(part.size());
        offset += part.size();
    }
}

wire::Map ContainerReader::map(std::uint64_t id, std::uint64_t size) {
    const std::scoped_lock lock(mutex_);
    wire::Writer question;
    question.number(id);
    ask(wire::Kind::map, question.take());
    auto map = wire::parse_map(answer().body);
    std::uint64_t end = 0;
    for (const auto& extent : map.extents) {
        if (extent.offset != end || extent.size == 0 || extent.size > size - end) {
            throw Error(ErrorCode::bad_container, "what reads it says of no part where it lies");
        }
        end += extent.size;
    }
    if (end != size) {
        throw Error(ErrorCode::bad_container, "what reads it does not say where all of it lies");
    }
    return map;
}

void ContainerReader::write_at(std::uint64_t place, std::span<const std::byte> bytes) {
    const std::scoped_lock lock(mutex_);
    while (!bytes.empty()) {
        const auto part = bytes.first(std::min(wire::kChunk, bytes.size()));
        wire::Writer question;
        question.number(place);
        ask(wire::Kind::write,
            question.take().append(reinterpret_cast<const char*>(part.data()), part.size()));
        static_cast<void>(answer());
        bytes = bytes.subspan(part.size());
        place += part.size();
    }
}

ContainerReader::Appendix ContainerReader::exchange(std::uint64_t id,
                                                    std::span<const ByteRange> ranges) {
    const std::scoped_lock lock(mutex_);
    std::vector<wire::Edit> edits;
    for (const auto& range : ranges) {
        edits.push_back({range.offset,
                         {reinterpret_cast<const char*>(range.after.data()), range.after.size()}});
    }
    const auto question = wire::to_body(id, edits);
    if (question.size() > wire::kLongest) {
        throw Error(ErrorCode::limit_exceeded,
                    fmt::format("a change of {} bytes is more than a container is asked to take",
                                question.size()));
    }
    ask(wire::Kind::exchange, question);
    Appendix appendix;
    while (true) {
        const auto header = next_header();
        if (header.kind != wire::Kind::data) {
            const auto end = body_of(header);
            wire::Reader reader(end.body);
            appendix.end = reader.number();
            const auto front = std::as_bytes(std::span(reader.rest()));
            appendix.front.assign(front.begin(), front.end());
            return appendix;
        }
        const auto have = appendix.bytes.size();
        if (have + header.length > limits_.file_bytes) {
            throw Error(ErrorCode::limit_exceeded, "what is to be appended takes too much");
        }
        appendix.bytes.resize(have + header.length);
        const auto part = std::span(appendix.bytes).subspan(have);
        helper_.read({reinterpret_cast<char*>(part.data()), part.size()},
                     std::chrono::seconds(limits_.seconds));
    }
}

void ContainerReader::sync() {
    const std::scoped_lock lock(mutex_);
    ask(wire::Kind::sync, {});
    static_cast<void>(answer());
}

void ContainedSource::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    check_range(size_, offset, out.size());
    reader_.read_at(id_, offset, out);
}

} // namespace hivelint
