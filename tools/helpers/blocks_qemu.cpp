// What QEMU knows, through a qemu-nbd of our own. An image can name others, its backing file or
// its extents: what it names is an attacker's choice, so QEMU is told every file by us, and of
// those only such as lie beside the image.
#include "beside.hpp"
#include "blocks.hpp"
#include "serve.hpp"

#include <fmt/core.h>
#include <libnbd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
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

Json file_node(const std::string& path, bool writable = false) {
    return {{"driver", "file"}, {"filename", path}, {"read-only", !writable}};
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

/// qemu-nbd, and a socket that is connected to it. The socket has no name any more when the program
/// starts: nobody else can speak to it, and nothing stays behind.
class Qemu {
public:
    Qemu(const std::string& node, bool writable);

    int socket() const { return socket_.get(); }
    /// Returns when it has ended.
    void wait() const {
        char none = 0;
        while (::read(alive_.get(), &none, 1) > 0) {
        }
    }

private:
    Descriptor socket_;
    Descriptor alive_; ///< a pipe whose other end it has
};

/// A socket that listens, and one that is connected to it.
std::pair<Descriptor, Descriptor> make_sockets() {
    std::string folder = "/tmp/hivelint-XXXXXX";
    Descriptor listening(::socket(AF_UNIX, SOCK_STREAM, 0));
    Descriptor connected(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (::mkdtemp(folder.data()) == nullptr) {
        throw Error(ErrorCode::io_error, "no folder for a socket can be made in /tmp");
    }
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const auto name = folder + "/nbd";
    std::ranges::copy(name, std::begin(address.sun_path));
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    const bool made = ::bind(listening.get(), where, sizeof address) == 0 &&
                      ::listen(listening.get(), 1) == 0 &&
                      ::connect(connected.get(), where, sizeof address) == 0;
    ::unlink(name.c_str());
    ::rmdir(folder.c_str());
    if (!made) {
        throw Error(ErrorCode::io_error, "no socket to speak to qemu-nbd over can be made");
    }
    return {std::move(listening), std::move(connected)};
}

Qemu::Qemu(const std::string& node, bool writable) : socket_(-1), alive_(-1) {
    auto [listening, connected] = make_sockets();
    std::array<int, 2> pipe = {};
    if (::pipe(pipe.data()) != 0) {
        throw Error(ErrorCode::io_error, "no pipe can be made");
    }
    alive_ = Descriptor(pipe[0]);
    const Descriptor its_end(pipe[1]);
    socket_ = std::move(connected);
    const std::string file = "json:" + node;
    const auto process = ::fork();
    if (process < 0) {
        throw Error(ErrorCode::io_error, "qemu-nbd cannot be started");
    }
    if (process == 0) {
        // As systemd hands a socket over: descriptor 3.
        constexpr int kFirst = 3;
        constexpr int kAlive = 4;
        ::close(alive_.get());
        ::close(socket_.get());
        const int end = ::fcntl(its_end.get(), F_DUPFD, kAlive + 1);
        ::dup2(listening.get(), kFirst);
        ::dup2(end, kAlive);
        ::close(end);
        // It keeps the socket to whoever started this program, who can tell by that when it has
        // ended too; it neither reads from it nor writes to it.
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::setenv("LISTEN_FDS", "1", 1);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::execlp("qemu-nbd", "qemu-nbd", writable ? "--discard=ignore" : "--read-only",
                 file.c_str(), nullptr);
        ::_exit(127);
    }
}

/// Of a VMDK whose blocks are compressed: why it is not written into.
std::string why_sealed_vmdk(int file) {
    constexpr std::size_t kMost = std::size_t{64} << 10;
    return front_of(file, kMost).find("createType=\"streamOptimized\"") == std::string::npos
               ? ""
               : "its blocks are compressed in one stream, which is not written into; convert it "
                 "(qemu-img convert -O vmdk), mend that, and convert it back";
}

class NbdBlocks final : public Blocks {
public:
    NbdBlocks(const std::string& node, bool writable, std::string why_sealed)
        : qemu_(node, writable), nbd_(::nbd_create()), why_sealed_(std::move(why_sealed)) {
        if (nbd_ == nullptr) {
            throw error_of_nbd("no connection to qemu-nbd");
        }
        if (::nbd_connect_socket(nbd_, ::dup(qemu_.socket())) != 0) {
            const auto error =
                error_of_nbd("qemu-nbd (of qemu-utils) cannot open it, or is not there, or another "
                             "process has it open");
            ::nbd_close(nbd_);
            throw error;
        }
        const auto size = ::nbd_get_size(nbd_);
        size_ = size > 0 ? static_cast<std::uint64_t>(size) : 0;
        const auto block = ::nbd_get_block_size(nbd_, LIBNBD_SIZE_MINIMUM);
        block_ = block > 0 ? static_cast<std::uint64_t>(block) : 1;
    }
    ~NbdBlocks() override { ::nbd_close(nbd_); }

    std::uint64_t size() const override { return size_; }
    std::string why_sealed() const override { return why_sealed_; }
    void read(std::uint64_t offset, std::span<std::byte> out) override {
        if (!is_aligned(offset, out.size())) {
            const auto around = read_around(offset, out.size());
            std::ranges::copy(std::span(around).subspan(offset % block_, out.size()), out.begin());
            return;
        }
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
    void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        if (!is_aligned(offset, bytes.size())) {
            auto around = read_around(offset, bytes.size());
            const auto before = offset % block_;
            std::ranges::copy(bytes, around.begin() + static_cast<std::ptrdiff_t>(before));
            write(offset - before, around);
            return;
        }
        if (::nbd_pwrite(nbd_, bytes.data(), bytes.size(), offset, 0) != 0) {
            throw error_of_nbd(fmt::format("it cannot be written at {}", offset));
        }
    }
    void close() override {
        if (::nbd_flush(nbd_, 0) != 0 || ::nbd_shutdown(nbd_, 0) != 0) {
            throw error_of_nbd("what was written cannot be made durable");
        }
        qemu_.wait();
    }

private:
    /// Some formats are read and written in sectors alone.
    bool is_aligned(std::uint64_t offset, std::size_t count) const {
        return offset % block_ == 0 && count % block_ == 0;
    }
    /// The whole blocks that these bytes lie in.
    std::vector<std::byte> read_around(std::uint64_t offset, std::size_t count) {
        const auto start = offset - offset % block_;
        const auto end = (offset + count + block_ - 1) / block_ * block_;
        std::vector<std::byte> around(static_cast<std::size_t>(end - start));
        read(start, around);
        return around;
    }

    Qemu qemu_;
    nbd_handle* nbd_;
    std::string why_sealed_;
    std::uint64_t size_ = 0;
    std::uint64_t block_ = 1; ///< bytes
};

} // namespace

std::unique_ptr<Blocks> open_through_qemu(const wire::OpenRequest& request) {
    // QEMU gets its socket as descriptor 3, so the image needs another number, and stays open.
    constexpr int kFree = 10;
    static const int file = ::fcntl(kContainer, F_DUPFD, kFree);
    const auto path = fmt::format("/proc/self/fd/{}", file);
    const bool writable = request.writable;
    Json node;
    if (request.format == "qcow2") {
        node = qcow2_node(request, file, path, 0);
        node["file"] = file_node(path, writable);
    } else if (request.format == "vmdk") {
        check_vmdk(request, file);
        // What lies beside a descriptor is found from where it lies itself.
        const bool sparse = front_of(file, 4) == "KDMV";
        node = {{"driver", "vmdk"}, {"file", file_node(sparse ? path : request.path, writable)}};
    } else {
        node = {{"driver", request.format == "vhd" ? "vpc" : request.format},
                {"file", file_node(path, writable)}};
    }
    node["read-only"] = !writable;
    return std::make_unique<NbdBlocks>(node.dump(), writable,
                                       request.format == "vmdk" ? why_sealed_vmdk(file) : "");
}

} // namespace hivelint::helper
