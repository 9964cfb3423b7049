#include "wim_exchange.hpp"

#include "beside.hpp"

#include <hivelint/text.hpp>

#include <algorithm>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace hivelint::helper {
namespace {

[[noreturn]] void refuse_wim(std::string_view what) {
    throw Error(ErrorCode::bad_container, std::string(what));
}

std::size_t aligned(std::uint64_t offset) { return static_cast<std::size_t>((offset + 7) & ~7ULL); }

/// What an image says of its folders and files, and where in that the hash of a file's content is.
class Metadata {
public:
    explicit Metadata(std::span<const std::byte> bytes) : bytes_(bytes) {
        const auto security = wim_number(bytes, 0, 4);
        root_ = aligned(std::max<std::uint64_t>(security, 8));
    }

    /// The places of the hash, in the metadata: one for each name of the file.
    std::vector<std::size_t> find(const std::string& path) {
        std::size_t folder = root_;
        std::size_t at = 0;
        for (std::size_t from = 1; from <= path.size();) {
            const auto end = std::min(path.find('/', from), path.size());
            const auto name = path.substr(from, end - from);
            at = child_of(folder, name);
            folder = at;
            from = end + 1;
        }
        std::vector<std::size_t> places = {hash_place(at)};
        constexpr std::size_t kGroup = 88;
        if (const auto group = wim_number(bytes_, at + kGroup, 8); group != 0) {
            names_of_group(root_, group, at, places, 0);
        }
        return places;
    }

private:
    static constexpr std::size_t kFixed = 102; ///< of an entry, bytes in front of its name
    static constexpr std::size_t kHash = 64;
    static constexpr std::size_t kSubfolder = 16;

    /// Calls `each` with the entries of a folder until it returns true.
    template<typename Each>
    void for_each_in(std::size_t folder, Each each) const {
        const auto list = wim_number(bytes_, folder + kSubfolder, 8);
        constexpr std::size_t kMost = 10'000'000; // entries that lead to each other
        std::size_t count = 0;
        for (auto at = static_cast<std::size_t>(list); list != 0;) {
            const auto length = wim_number(bytes_, at, 8);
            if (length <= 8) {
                return;
            }
            if (++count > kMost || length < kFixed || length > bytes_.size()) {
                refuse_wim("an entry of a folder in it cannot be");
            }
            if (each(at)) {
                return;
            }
            at = end_of(at);
        }
    }

    /// Behind an entry and its further streams.
    std::size_t end_of(std::size_t entry) const {
        auto at = aligned(entry + wim_number(bytes_, entry, 8));
        for (auto streams = wim_number(bytes_, entry + 96, 2); streams > 0; --streams) {
            const auto length = wim_number(bytes_, at, 8);
            if (length < 38 || length > bytes_.size()) {
                refuse_wim("a stream of a file in it cannot be");
            }
            at = aligned(at + length);
        }
        return at;
    }

    std::string name_of(std::size_t entry) const {
        const auto length = static_cast<std::size_t>(wim_number(bytes_, entry + 100, 2));
        if (entry + kFixed + length > bytes_.size()) {
            refuse_wim("a name in it is too long");
        }
        std::u16string name(length / 2, u'\0');
        for (std::size_t i = 0; i < name.size(); ++i) {
            name[i] = static_cast<char16_t>(wim_number(bytes_, entry + kFixed + 2 * i, 2));
        }
        return to_utf8(name);
    }

    std::size_t child_of(std::size_t folder, const std::string& name) const {
        std::optional<std::size_t> found;
        for_each_in(folder, [&](std::size_t entry) {
            if (name_of(entry) == name) {
                found = entry;
            }
            return found.has_value();
        });
        if (!found) {
            throw Error(ErrorCode::not_found, "nothing of this name lies in the image");
        }
        return *found;
    }

    /// Where the hash of the unnamed stream stands: in the entry, or in a stream without a name.
    std::size_t hash_place(std::size_t entry) const {
        const auto is_set = [&](std::size_t at) {
            const auto hash = bytes_.subspan(at, sizeof(Sha1));
            return std::ranges::any_of(hash, [](std::byte b) { return b != std::byte{0}; });
        };
        const auto streams = wim_number(bytes_, entry + 96, 2);
        auto at = aligned(entry + wim_number(bytes_, entry, 8));
        for (std::uint64_t i = 0; i < streams && !is_set(entry + kHash); ++i) {
            if (wim_number(bytes_, at + 36, 2) == 0 && is_set(at + 16)) {
                return at + 16;
            }
            at = aligned(at + wim_number(bytes_, at, 8));
        }
        return entry + kHash;
    }

    void names_of_group(std::size_t folder, std::uint64_t group, std::size_t but,
                        std::vector<std::size_t>& places, unsigned depth) {
        constexpr unsigned kDeepest = 1000;
        if (depth > kDeepest) {
            refuse_wim("folders in it lie in each other without end");
        }
        for_each_in(folder, [&](std::size_t entry) {
            constexpr std::uint64_t kFolder = 0x10;
            constexpr std::uint64_t kReparse = 0x400;
            const auto attributes = wim_number(bytes_, entry + 8, 4);
            if ((attributes & kFolder) != 0) {
                names_of_group(entry, group, but, places, depth + 1);
            } else if ((attributes & kReparse) == 0 && entry != but &&
                       wim_number(bytes_, entry + 88, 8) == group) {
                places.push_back(hash_place(entry));
            }
            return false;
        });
    }

    std::span<const std::byte> bytes_;
    std::size_t root_ = 0;
};

Sha1 hash_at(std::span<const std::byte> bytes, std::size_t at) {
    Sha1 hash{};
    std::ranges::copy(bytes.subspan(at, hash.size()), hash.begin());
    return hash;
}

/// The table of hashes of all between the header and the end of the table of blobs, in pieces; of
/// whole ones that lie as they lay the old one has them. Empty when there was none.
Bytes integrity_of(int file, const WimHeader& header, std::uint64_t end, const Bytes& appended,
                   std::uint64_t blobs_end) {
    const auto old_place = parse_place(header.bytes, WimHeader::kIntegrity);
    if (old_place.offset == 0 || old_place.stored == 0) {
        return {};
    }
    const auto table = WimResource(file, header, old_place).content({});
    const auto piece = wim_number(table, 8, 4);
    const auto known = wim_number(table, 4, 4);
    if (piece == 0 || known > (table.size() - 12) / sizeof(Sha1)) {
        refuse_wim("its integrity table cannot be");
    }
    const auto blobs = parse_place(header.bytes, WimHeader::kBlobs);
    const auto covered = blobs.offset + blobs.stored - WimHeader::kSize;
    const auto total = blobs_end - WimHeader::kSize;
    const auto count = (total + piece - 1) / piece;
    Bytes result(static_cast<std::size_t>(12 + count * sizeof(Sha1)));
    put_wim_number(result, 0, 4, result.size());
    put_wim_number(result, 4, 4, count);
    put_wim_number(result, 8, 4, piece);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(12 + i * sizeof(Sha1));
        if ((i + 1) * piece <= covered && i < known) { // whole, and as it was
            std::ranges::copy(std::span(table).subspan(at, sizeof(Sha1)),
                              result.begin() + static_cast<std::ptrdiff_t>(at));
            continue;
        }
        const auto from = WimHeader::kSize + i * piece;
        const auto to = std::min(from + piece, blobs_end);
        Bytes bytes(static_cast<std::size_t>(to - from));
        const auto of_file = from < end ? std::min(to, end) - from : 0;
        read_all(file, from, std::span(bytes).first(static_cast<std::size_t>(of_file)));
        const auto behind = std::max(from, end) - end;
        std::copy_n(appended.begin() + static_cast<std::ptrdiff_t>(behind), bytes.size() - of_file,
                    bytes.begin() + static_cast<std::ptrdiff_t>(of_file));
        std::ranges::copy(sha1_of(bytes), result.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return result;
}

/// Appends a resource, and says where it is then.
WimPlace append_to(WimExchange& exchange, const Bytes& stored, WimPlace place) {
    place.offset = exchange.end + exchange.appended.size();
    exchange.appended.insert(exchange.appended.end(), stored.begin(), stored.end());
    return place;
}

/// The number in the table of the image's metadata, which stand there in the images' order.
std::size_t metadata_of(std::span<const WimBlob> blobs, std::uint32_t image) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        if ((blobs[i].place.flags & WimPlace::kMetadata) != 0 && ++number == image) {
            return i;
        }
    }
    refuse_wim("its table has no such image");
}

std::optional<std::size_t> content_of(std::span<const WimBlob> blobs, const Sha1& hash) {
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        if ((blobs[i].place.flags & WimPlace::kMetadata) == 0 && blobs[i].hash == hash) {
            return i;
        }
    }
    return std::nullopt;
}

WimPlace plain(const Bytes& stored) { return {.stored = stored.size(), .size = stored.size()}; }

} // namespace

void require_exchangeable(int file) { static_cast<void>(WimHeader(file)); }

WimExchange exchange_in_wim(int file, std::uint32_t image, const std::string& path,
                            std::span<const WimResource::Edit> edits) {
    const WimHeader header(file);
    struct stat status = {};
    if (::fstat(file, &status) != 0) {
        throw Error(ErrorCode::io_error, "it cannot be looked at");
    }
    WimExchange result = {
        .end = static_cast<std::uint64_t>(status.st_size), .appended = {}, .header = header.bytes};
    auto blobs = parse_blobs(
        WimResource(file, header, parse_place(header.bytes, WimHeader::kBlobs)).content({}));
    const auto metadata = metadata_of(blobs, image);
    const WimResource tree(file, header, blobs[metadata].place);
    const auto tree_bytes = tree.content(blobs[metadata].hash);
    const auto places = Metadata(tree_bytes).find(path);
    const auto old_hash = hash_at(tree_bytes, places.front());
    const auto old_blob = content_of(blobs, old_hash);
    if (!old_blob) {
        refuse_wim("its table does not have the file's content");
    }
    const WimResource content(file, header, blobs[*old_blob].place);
    static_cast<void>(content.content(old_hash));
    const auto changed = content.rewritten(edits);
    const auto names = static_cast<std::uint32_t>(places.size());
    if (blobs[*old_blob].references < names) {
        refuse_wim("its table has fewer references to the file's content than there are");
    }
    blobs[*old_blob].references -= names;
    if (const auto there = content_of(blobs, changed.hash)) { // of another image, for example
        blobs[*there].references += names;
    } else {
        blobs.push_back({.place = append_to(result, changed.stored, changed.place),
                         .part = 1,
                         .references = names,
                         .hash = changed.hash});
    }

    std::vector<WimResource::Edit> in_tree;
    for (const auto place : places) {
        if (hash_at(tree_bytes, place) != old_hash) {
            refuse_wim("two names of one file have two contents");
        }
        in_tree.push_back({place, Bytes(changed.hash.begin(), changed.hash.end())});
    }
    const auto new_tree = tree.rewritten(in_tree);
    blobs[metadata].place = append_to(result, new_tree.stored, new_tree.place);
    blobs[metadata].hash = new_tree.hash;
    if (image == header.boot_image) {
        put_place(result.header, WimHeader::kBootMetadata, blobs[metadata].place);
    }
    std::erase_if(blobs, [](const WimBlob& blob) { return blob.references == 0; });
    const auto table = to_bytes(blobs);
    const auto table_place = append_to(result, table, plain(table));
    put_place(result.header, WimHeader::kBlobs, table_place);
    const auto integrity =
        integrity_of(file, header, result.end, result.appended, table_place.offset + table.size());
    if (!integrity.empty()) {
        put_place(result.header, WimHeader::kIntegrity,
                  append_to(result, integrity, plain(integrity)));
    }
    return result;
}

} // namespace hivelint::helper
