// qcow2, VDI and VMDK through a qemu-nbd of our own. An image can name others, its backing file or
// its extents: what it names is an attacker's choice, so QEMU is told every file by us, and of
// those only such as lie beside the image.
#include "beside.hpp"
#include "blocks.hpp"
#include "serve.hpp"

#include <fmt/core.h>
#include <libnbd.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace hivelint::helper {
namespace {

using Json = nlohmann::json;

std::uint64_t big_number(std::span<const std::byte> bytes, std::size_t at, unsigned width) {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < width; ++i) {
        number = number << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return number;
}

std::string front_of(int file, std::size_t most) {
    std::string text(most, '\0');
    const auto got = ::pread(file, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

/// A file that another one names, if it lies beside the image.
std::string beside(const wire::OpenRequest& request, const std::string& name,
                   std::string_view what) {
    const bool plain = !name.empty() && name.find_first_of("/\\:") == std::string::npos &&
                       name.find('\0') == std::string::npos;
    const auto slash = request.path.rfind('/');
    if (!plain || slash == std::string::npos ||
        !is_file(request.path.substr(0, slash + 1) + name)) {
        throw Error(ErrorCode::bad_container,
                    fmt::format("its {} is said to be {}, which does not lie beside it; convert "
                                "it to an image that stands alone",
                                what, name));
    }
    return request.path.substr(0, slash + 1) + name;
}

Json file_node(const std::string& path) {
    return {{"driver", "file"}, {"filename", path}, {"read-only", true}};
}

/// The qcow2 that is open as `file`, with what it rests on.
Json qcow2_node(const wire::OpenRequest& request, int file, const std::string& path, int depth) {
    constexpr int kMost = 16;
    constexpr std::size_t kHeader = 104;
    std::array<std::byte, kHeader> header = {};
    read_all(file, 0, std::span(header).first(72));
    const auto version = big_number(header, 4, 4);
    if (version >= 3) {
        read_all(file, 0, header);
    }
    if (big_number(header, 32, 4) != 0) {
        throw Error(ErrorCode::encrypted, "it is encrypted");
    }
    constexpr std::uint64_t kDataFile = 4; // of the incompatible features
    if (version >= 3 && (big_number(header, 72, 8) & kDataFile) != 0) {
        throw Error(ErrorCode::no_helper, "its data lies in another file");
    }
    Json node = {{"driver", "qcow2"}, {"read-only", true}, {"file", file_node(path)}};
    node["backing"] = nullptr;
    const auto offset = big_number(header, 8, 8);
    const auto size = big_number(header, 16, 4);
    if (offset == 0) {
        return node;
    }
    if (size > 1023 || depth == kMost) {
        throw Error(ErrorCode::bad_container, "its backing files lead nowhere");
    }
    std::string name(size, '\0');
    read_all(file, offset, std::as_writable_bytes(std::span(name)));
    const auto backing_path = beside(request, name, "backing file");
    const auto backing = open_beside(backing_path);
    node["backing"] =
        front_of(backing.get(), 4) == "QFI\xFB"
            ? qcow2_node(request, backing.get(), backing_path, depth + 1)
            : Json{{"driver", "raw"}, {"read-only", true}, {"file", file_node(backing_path)}};
    return node;
}

/// Throws Error unless the extents that the descriptor names lie beside it.
void check_vmdk(const wire::OpenRequest& request, int file) {
    constexpr std::size_t kMost = std::size_t{64} << 10;
    auto text = front_of(file, kMost);
    const bool sparse = text.starts_with("KDMV"); // one file, which QEMU opens without its name
    if (text.find("parentCID=") != std::string::npos &&
        text.find("parentCID=ffffffff") == std::string::npos) {
        throw Error(ErrorCode::no_helper,
                    "it holds the changes to a parent disk alone; merge the two first");
    }
    for (std::size_t at = 0; !sparse && at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        at = end + 1;
        const auto open = line.find('"');
        const bool extent =
            line.starts_with("RW ") || line.starts_with("RDONLY ") || line.starts_with("NOACCESS ");
        if (extent && open != std::string::npos) {
            const auto close = line.find('"', open + 1);
            beside(request, line.substr(open + 1, close - open - 1), "extent");
        }
    }
}

Error error_of_nbd(std::string_view what) {
    const char* words = ::nbd_get_error();
    return {ErrorCode::bad_container, fmt::format("{}: {}", what, words == nullptr ? "" : words)};
}

class NbdBlocks final : public Blocks {
public:
    explicit NbdBlocks(const std::string& node) : nbd_(::nbd_create()) {
        std::string program = "qemu-nbd";
        std::string read_only = "--read-only";
        std::string file = "json:" + node;
        std::array<char*, 4> words = {program.data(), read_only.data(), file.data(), nullptr};
        if (nbd_ == nullptr) {
            throw error_of_nbd("no connection to qemu-nbd");
        }
        if (::nbd_connect_systemd_socket_activation(nbd_, words.data()) != 0) {
            const auto error =
                error_of_nbd("qemu-nbd (of qemu-utils) cannot open it, or is not there");
            ::nbd_close(nbd_);
            throw error;
        }
        const auto size = ::nbd_get_size(nbd_);
        size_ = size > 0 ? static_cast<std::uint64_t>(size) : 0;
    }
    ~NbdBlocks() override { ::nbd_close(nbd_); }

    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<std::byte> out) override {
        constexpr std::size_t kMost = std::size_t{16} << 20;
        while (!out.empty()) {
            const auto part = out.first(std::min(out.size(), kMost));
            if (::nbd_pread(nbd_, part.data(), part.size(), offset, 0) != 0) {
                throw error_of_nbd(fmt::format("it cannot be read at {}", offset));
            }
            out = out.subspan(part.size());
            offset += part.size();
        }
    }

private:
    nbd_handle* nbd_;
    std::uint64_t size_ = 0;
};

} // namespace

std::unique_ptr<Blocks> open_through_qemu(const wire::OpenRequest& request) {
    // QEMU gets its socket as descriptor 3, so the image needs another number, and stays open.
    static const int file = ::dup(kContainer);
    const auto path = fmt::format("/proc/self/fd/{}", file);
    Json node;
    if (request.format == "qcow2") {
        node = qcow2_node(request, file, path, 0);
    } else if (request.format == "vdi") {
        node = {{"driver", "vdi"}, {"read-only", true}, {"file", file_node(path)}};
    } else {
        check_vmdk(request, file);
        // What lies beside a descriptor is found from where it lies itself.
        const bool sparse = front_of(file, 4) == "KDMV";
        node = {{"driver", "vmdk"},
                {"read-only", true},
                {"file", file_node(sparse ? path : request.path)}};
    }
    return std::make_unique<NbdBlocks>(node.dump());
}

} // namespace hivelint::helper
