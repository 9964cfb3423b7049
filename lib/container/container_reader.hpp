// ContainerReader: one archive or image, opened by a helper program.
#pragma once

#include "platform/helper_process.hpp"
#include "platform/memory_file.hpp"
#include "wire.hpp"

#include <hivelint/container.hpp>
#include <hivelint/source.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hivelint {

enum class Access : std::uint8_t {
    read,
    write, ///< write() and sync() work too, unless a file is mapped `direct`
};

class ContainerReader {
public:
    /// `file` is the container, open for reading; `path` what it is called, for what lies beside it
    /// (segments, extents), or empty. Throws Error: no_helper, bad_container, encrypted,
    /// limit_exceeded.
    ContainerReader(ContainerFormat format, Handle file, const std::filesystem::path& path,
                    const ContainerOptions& options, Access access = Access::read);

    /// Whether open() works; else only fetch() does.
    bool random_access() const { return (flags_ & wire::kRandomAccess) != 0; }
    /// Whether it is one file, which has no name of its own.
    bool one_stream() const { return (flags_ & wire::kOneStream) != 0; }

    using OnEntry = std::function<void(wire::Entry)>;
    using OnProblem = std::function<void(wire::Problem)>;
    /// Every file and folder, in the order in which it has them; below `inside` alone, unless that
    /// is empty. Throws Error as the constructor.
    void list(const std::string& inside, const OnEntry& on_entry, const OnProblem& on_problem);

    using OnFile = std::function<void(std::uint64_t id, std::vector<std::byte> bytes,
                                      std::optional<Error> error)>;
    /// Where the content of a file is to go; null: to `bytes`.
    using OnBegin = std::function<MemoryFile*(std::uint64_t id)>;
    /// The content of these files, in that order: one pass. `ids` ascend; `on_begin` may be empty.
    /// Throws Error as the constructor: then those that were not given on are not to be had.
    void fetch(std::span<const std::uint64_t> ids, const OnFile& on_file,
               const OnBegin& on_begin = {});

    /// What a listing of files that can be read anywhere leaves out: size, times, place, whether it
    /// is encrypted. Throws Error.
    wire::Entry stat(std::uint64_t id);
    /// A part of a file. Throws Error as ByteSource::read_at().
    void read_at(std::uint64_t id, std::uint64_t offset, std::span<std::byte> out);

    /// Where a file lies in the disk that an image stands for: all of it, in pieces that ascend in
    /// the file. Throws Error: not_in_place, dirty_volume, bad_container.
    wire::Map map(std::uint64_t id, std::uint64_t size);
    /// Writes into that disk. Throws Error.
    void write_at(std::uint64_t place, std::span<const std::byte> bytes);
    /// What a container that is only appended to needs for parts of a file to become others.
    struct Appendix {
        std::uint64_t end = 0;        ///< of the container now: there it belongs
        std::vector<std::byte> bytes; ///< which are to be durable before the front changes
        std::vector<std::byte> front; ///< what the container begins with then
    };
    /// `ranges` ascend in the file. Throws Error.
    Appendix exchange(std::uint64_t id, std::span<const ByteRange> ranges);
    /// Makes what was written durable and closes the image: nothing more is asked then. Throws
    /// Error.
    void sync();

private:
    void ask(wire::Kind kind, std::string_view body);
    struct Answer {
        wire::Kind kind = wire::Kind::end;
        std::string body;
    };
    wire::Header next_header();
    /// The answer of this header. Throws what a `failure` says.
    Answer body_of(wire::Header header);
    Answer answer() { return body_of(next_header()); }
    std::optional<Error> take_content(std::vector<std::byte>& bytes, MemoryFile* into);

    ContainerLimits limits_;
    std::mutex mutex_;
    HelperProcess helper_;
    std::uint32_t flags_ = 0;
};

/// A file in a container that can be read anywhere.
class ContainedSource final : public ByteSource {
public:
    /// The reader must outlive it.
    ContainedSource(ContainerReader& reader, std::uint64_t id, std::uint64_t size)
        : reader_(reader), id_(id), size_(size) {}

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;

private:
    ContainerReader& reader_;
    std::uint64_t id_;
    std::uint64_t size_;
};

} // namespace hivelint
