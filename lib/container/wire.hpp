// Wire: what the library and a helper program say to each other, over one socket.
//
// A message is one byte of kind, four bytes of length and a body; numbers are little-endian, texts
// have their length (four bytes) in front. The library asks, one thing at a time:
//
//   O  open: format, path, password, limits -> `k` flags, or `x`
//   L  list: below what path                                     -> `e` for each entry, then `.`
//   F  fetch: ids in ascending order  -> for each: `f` id and size, `d` data …, `z`; then `.`
//   S  stat: id                        -> `e`, with what a listing leaves out
//   R  read: id, offset, length       -> `d` data
//   M  map: id                        -> `m`, where in the disk the file lies; `x`: why it is not
//                                        to be changed
//   W  write: offset in the disk, data -> `k` (of an image that was opened to be written to)
//   X  exchange: id, then offset, length and bytes of each part of the file that becomes another
//      -> `d` data … that are to be appended, `z` where, and what the front of the container
//         becomes then
//   Y  sync: what was written is durable, and the image closed: nothing more is asked -> `k`
//
// Instead of any answer `x` can come: code and message. Within a listing `p` tells what of the
// container could not be listed: path, code, message. In a fetch `x` instead of `z` ends one file.
#pragma once

#include <hivelint/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::wire {

enum class Kind : char {
    open = 'O',
    list = 'L',
    fetch = 'F',
    stat = 'S',
    read = 'R',
    map = 'M',
    write = 'W',
    exchange = 'X',
    sync = 'Y',
    done = 'k',
    extents = 'm',
    failure = 'x',
    entry = 'e',
    problem = 'p',
    file = 'f',
    data = 'd',
    file_end = 'z',
    end = '.',
};

inline constexpr std::size_t kHeaderSize = 5;
/// Of a body.
inline constexpr std::size_t kLongest = std::size_t{4} << 20;
/// Of the data in one message.
inline constexpr std::size_t kChunk = std::size_t{1} << 20;

struct Header {
    Kind kind = Kind::end;
    std::uint32_t length = 0;
};
std::string to_bytes(Kind kind, std::string_view body);
/// What stands in front of a body of so many bytes.
std::string header_of(Kind kind, std::size_t length);
Header parse_header(std::string_view bytes);

/// What a file in a container is.
enum class Type : std::uint8_t { file, folder, link, other };

/// What answers `O`, as flags.
inline constexpr std::uint32_t kRandomAccess = 1; ///< `S` and `R` work; else only `F`
inline constexpr std::uint32_t kOneStream = 2;    ///< one file, which has no name of its own

struct OpenRequest {
    std::string format;
    std::string path; ///< for what has further files beside it; the file itself is descriptor 3
    std::string password;
    std::uint64_t file_bytes = 0;
    std::uint64_t unpacked_bytes = 0;
    std::uint64_t ratio = 0;
    bool writable = false; ///< where `W` is how it is written to: see Map::direct
};
std::string to_body(const OpenRequest& request);
OpenRequest parse_open(std::string_view body);

struct Entry {
    std::uint64_t id = 0;
    Type type = Type::file;
    std::string path;           ///< as stored
    std::uint64_t size = 0;     ///< bytes; 0 where the container does not tell
    std::uint64_t inode = 0;    ///< in its file system
    std::uint64_t modified = 0; ///< times as in hives; 0: not known
    std::uint64_t changed = 0;
    std::uint64_t created = 0;
    std::uint64_t place = kNowhere; ///< in the image, of what lies there in one piece
    static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};
};
std::string to_body(const Entry& entry);
Entry parse_entry(std::string_view body);

struct Problem {
    std::string path; ///< where, in the container; empty: the whole of it
    ErrorCode code = ErrorCode::bad_container;
    std::string message;
};
std::string to_body(const Problem& problem);
Problem parse_problem(std::string_view body);

/// A part of a file that becomes another.
struct Edit {
    std::uint64_t offset = 0;
    std::string bytes;
};
std::string to_body(std::uint64_t id, const std::vector<Edit>& edits);
/// Behind the id.
std::vector<Edit> parse_edits(std::string_view body);

/// Where a file lies in the disk that an image stands for.
struct Extent {
    std::uint64_t offset = 0; ///< in the file
    std::uint64_t place = 0;  ///< in the disk
    std::uint64_t size = 0;
};
struct Map {
    bool direct = false; ///< the disk's offsets are those of the image's one file
    std::vector<Extent> extents;
};
std::string to_body(const Map& map);
Map parse_map(std::string_view body);

/// Puts a body together.
class Writer {
public:
    void number(std::uint64_t value, unsigned bytes = 8);
    void text(std::string_view text);
    std::string take() { return std::move(body_); }

private:
    std::string body_;
};

/// Takes it apart. Throws Error bad_container when it ends too early: the other side is no helper
/// of ours, or out of its mind.
class Reader {
public:
    explicit Reader(std::string_view body) : body_(body) {}

    std::uint64_t number(unsigned bytes = 8);
    std::string text();
    std::string_view rest() const { return body_; }

private:
    std::string_view take(std::uint64_t count);

    std::string_view body_;
};

} // namespace hivelint::wire
