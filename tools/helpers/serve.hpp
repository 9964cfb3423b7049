// What the helper programs have in common: they answer the library's questions (wire.hpp) about one
// container, from a process that may read and nothing else.
#pragma once

#include "container/wire.hpp"

#include <hivelint/error.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hivelint::helper {

/// The container itself.
inline constexpr int kContainer = 3;

/// Gives data on.
using OnData = std::function<void(std::span<const std::byte>)>;

/// What a helper can open. What it throws is an answer: Error as it is, anything else as
/// bad_container. It has fetch(), or with kRandomAccess stat() and read().
class Backend {
public:
    Backend() = default;
    virtual ~Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;

    /// What needs other programs, before this one shuts itself in.
    virtual void prepare(const wire::OpenRequest& /*request*/) {}
    /// Opens it; the flags of wire.hpp.
    virtual std::uint32_t open(const wire::OpenRequest& request) = 0;
    virtual void list(const std::string& inside,
                      const std::function<void(const wire::Entry&)>& on_entry,
                      const std::function<void(const wire::Problem&)>& on_problem) = 0;
    /// One pass over files whose ids ascend. For each that is there: `begin`, then its data, or an
    /// Error of it alone.
    struct Sink {
        std::function<void(std::uint64_t id, std::uint64_t size)> begin; ///< size: as far as known
        OnData data;
        std::function<void(const Error&)> fail;
        std::function<void()> end;
    };
    virtual void fetch(std::span<const std::uint64_t> ids, const Sink& sink);
    /// Size, times and place of a file that can be read anywhere.
    virtual wire::Entry stat(std::uint64_t id);
    /// Fills `out`.
    virtual void read(std::uint64_t id, std::uint64_t offset, std::span<std::byte> out);
    /// Where the file lies. Throws Error when it is not to be changed there.
    virtual wire::Map map(std::uint64_t id);
    /// Writes into the disk.
    virtual void write(std::uint64_t offset, std::span<const std::byte> bytes);
    /// What is appended so that parts of a file become others, given on as data.
    struct Exchanged {
        std::uint64_t end = 0; ///< of the container before: there it is appended
        std::string front;     ///< what the container begins with then
    };
    virtual Exchanged exchange(std::uint64_t id, const std::vector<wire::Edit>& edits,
                               const OnData& data);
    /// What was written is durable, and the image closed.
    virtual void sync();
};

/// What a main() of a helper does: `--version` prints `libraries`, `serve` answers until nobody
/// asks any more.
int serve(int argc, char** argv, const std::string& libraries,
          const std::function<std::unique_ptr<Backend>()>& make);

} // namespace hivelint::helper
