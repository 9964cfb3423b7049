// Disk images: partitions and file systems by libtsk, over whatever blocks.hpp opens.
#include "blocks.hpp"
#include "serve.hpp"
#include "times.hpp"
#include "volume.hpp"

#include <fmt/core.h>
#include <tsk/libtsk.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint::helper {
namespace {

/// libtsk's image, whose reads go to ours.
struct Image {
    TSK_IMG_INFO info;
    Blocks* blocks;
};

ssize_t read_image(TSK_IMG_INFO* info, TSK_OFF_T offset, char* out, size_t size) {
    auto& blocks = *reinterpret_cast<Image*>(info)->blocks;
    try {
        const auto at = static_cast<std::uint64_t>(offset);
        if (offset < 0 || at > blocks.size()) {
            return -1;
        }
        const auto count = std::min<std::uint64_t>(size, blocks.size() - at);
        blocks.read(at, std::as_writable_bytes(std::span(out, count)));
        return static_cast<ssize_t>(count);
    } catch (const Error& error) {
        ::tsk_error_reset();
        ::tsk_error_set_errno(TSK_ERR_IMG_READ);
        ::tsk_error_set_errstr("%s", error.message().c_str());
        return -1;
    }
}

void close_image(TSK_IMG_INFO* /*info*/) {}
void tell_image(TSK_IMG_INFO* /*info*/, FILE* /*out*/) {}

template<typename T, void (*free)(T*)>
struct Free {
    void operator()(T* made) const { free(made); }
};
using Table = std::unique_ptr<TSK_VS_INFO, Free<TSK_VS_INFO, ::tsk_vs_close>>;
using FileSystem = std::unique_ptr<TSK_FS_INFO, Free<TSK_FS_INFO, ::tsk_fs_close>>;
using OpenFile = std::unique_ptr<TSK_FS_FILE, Free<TSK_FS_FILE, ::tsk_fs_file_close>>;
using Folder = std::unique_ptr<TSK_FS_DIR, Free<TSK_FS_DIR, ::tsk_fs_dir_close>>;

struct Volume {
    std::string name; ///< `p2`; empty: the image is one volume
    FileSystem system;
};

class DiskBackend final : public Backend {
public:
    ~DiskBackend() override;
    void prepare(const wire::OpenRequest& request) override;
    std::uint32_t open(const wire::OpenRequest& request) override;
    void list(const std::string& inside, const std::function<void(const wire::Entry&)>& on_entry,
              const std::function<void(const wire::Problem&)>& on_problem) override;
    void read(std::uint64_t id, std::uint64_t offset, std::span<std::byte> out) override;
    wire::Entry stat(std::uint64_t id) override;
    wire::Map map(std::uint64_t id) override;
    void write(std::uint64_t offset, std::span<const std::byte> bytes) override;
    void sync() override { blocks_->close(); }

private:
    struct Place {
        std::size_t volume = 0;
        TSK_INUM_T inode = 0;
    };

    bool add_volume(std::string name, std::uint64_t start, std::uint64_t size);
    void open_partitions();
    void walk(std::size_t volume, const std::string& inside,
              const std::function<void(const wire::Entry&)>& on_entry,
              const std::function<void(const wire::Problem&)>& on_problem);
    TSK_FS_FILE& opened(std::uint64_t id);
    const TSK_FS_ATTR& data_of(std::uint64_t id);

    std::unique_ptr<Blocks> blocks_;
    Image image_{};
    TSK_IMG_INFO* info_ = nullptr;
    std::vector<Volume> volumes_;
    std::vector<wire::Problem> problems_;
    std::vector<Place> places_; ///< by id
    std::map<std::pair<std::size_t, TSK_INUM_T>, std::uint64_t> ids_;
    std::map<std::uint64_t, OpenFile> open_;
};

DiskBackend::~DiskBackend() {
    open_.clear();
    volumes_.clear();
}

/// What is only read has a library of its own where there is one.
bool is_for_qemu(const wire::OpenRequest& request) {
    const std::string_view format = request.format;
    return format == "qcow2" || format == "vdi" || format == "vmdk" ||
           (request.writable && (format == "vhdx" || (format == "vhd" && !is_fixed_vhd())));
}

void DiskBackend::prepare(const wire::OpenRequest& request) {
    if (is_for_qemu(request)) {
#ifdef HIVELINT_NBD
        blocks_ = open_through_qemu(request);
#else
        throw Error(ErrorCode::no_helper, "this one was built without libnbd, which opens it");
#endif
    }
}

std::uint32_t DiskBackend::open(const wire::OpenRequest& request) {
    if (request.format == "ewf") {
#ifdef HIVELINT_EWF
        blocks_ = open_ewf(request);
#else
        throw Error(ErrorCode::no_helper, "this one was built without libewf, which opens it");
#endif
    } else if (request.format == "vhd" && is_fixed_vhd()) {
        blocks_ = open_fixed_vhd();
    } else if (!blocks_ && (request.format == "vhd" || request.format == "vhdx")) {
#ifdef HIVELINT_VHDI
        blocks_ = open_vhd(request);
#else
        throw Error(ErrorCode::no_helper, "this one was built without libvhdi, which opens it");
#endif
    } else if (!blocks_) {
        blocks_ = open_raw(request);
    }
    constexpr unsigned kSector = 512;
    image_.blocks = blocks_.get();
    info_ = ::tsk_img_open_external(&image_, static_cast<TSK_OFF_T>(blocks_->size()), kSector,
                                    read_image, close_image, tell_image);
    if (info_ == nullptr) {
        throw error_of_tsk(ErrorCode::bad_container);
    }
    open_partitions();
    return wire::kRandomAccess;
}

/// Whether there is anything that could be a volume, known or not.
bool DiskBackend::add_volume(std::string name, std::uint64_t start, std::uint64_t size) {
    constexpr std::size_t kSector = 512;
    std::array<std::byte, kSector> first = {};
    if (start + kSector > blocks_->size()) {
        problems_.push_back(
            {.path = name,
             .code = ErrorCode::truncated,
             .message = fmt::format("the image ends at {}, before it begins", blocks_->size())});
        return true;
    }
    blocks_->read(start, first);
    const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
    if (text.substr(3, 8) == "-FVE-FS-") {
        problems_.push_back({.path = std::move(name),
                             .code = ErrorCode::encrypted,
                             .message = "a volume that BitLocker has locked"});
        return true;
    }
    FileSystem system(::tsk_fs_open_img(info_, static_cast<TSK_OFF_T>(start), TSK_FS_TYPE_DETECT));
    if (!system) {
        ::tsk_error_reset();
        const bool empty =
            std::ranges::all_of(first, [](std::byte b) { return b == std::byte{0}; });
        if (!empty) {
            problems_.push_back({.path = std::move(name),
                                 .code = ErrorCode::bad_container,
                                 .message = "no file system that is known, or a damaged one"});
        }
        return !empty;
    }
    if (start + size > blocks_->size()) {
        problems_.push_back({.path = name,
                             .code = ErrorCode::truncated,
                             .message = fmt::format("the image ends at {}, and the volume at {}",
                                                    blocks_->size(), start + size)});
    }
    volumes_.push_back({std::move(name), std::move(system)});
    return true;
}

void DiskBackend::open_partitions() {
    const Table table(::tsk_vs_open(info_, 0, TSK_VS_TYPE_DETECT));
    ::tsk_error_reset();
    int number = 0;
    for (TSK_PNUM_T i = 0; table && i < table->part_count; ++i) {
        const auto* part = ::tsk_vs_part_get(table.get(), i);
        if (part == nullptr || (part->flags & TSK_VS_PART_FLAG_ALLOC) == 0) {
            continue;
        }
        ++number;
        add_volume(fmt::format("p{}", number), part->start * table->block_size,
                   part->len * table->block_size);
    }
    // A volume's own first sector looks like a table of partitions to some.
    if (volumes_.empty()) {
        auto of_partitions = std::exchange(problems_, {});
        add_volume("", 0, 0);
        if (volumes_.empty() && number > 0) {
            problems_ = std::move(of_partitions);
        }
    }
    if (volumes_.empty() && problems_.empty()) {
        throw Error(ErrorCode::bad_container, "it holds no volume that is known");
    }
}

void DiskBackend::list(const std::string& inside,
                       const std::function<void(const wire::Entry&)>& on_entry,
                       const std::function<void(const wire::Problem&)>& on_problem) {
    std::ranges::for_each(problems_, on_problem);
    for (std::size_t i = 0; i < volumes_.size(); ++i) {
        walk(i, inside, on_entry, on_problem);
    }
}

std::string with(const std::string& folder, std::string_view name) {
    std::string path = folder;
    path += folder.empty() ? "" : "/";
    path += name;
    return path;
}

/// Whether one of the two paths leads to the other.
bool on_the_way(const std::string& path, const std::string& inside) {
    const auto& shorter = path.size() < inside.size() ? path : inside;
    const auto& longer = path.size() < inside.size() ? inside : path;
    return shorter.empty() || (longer.starts_with(shorter) &&
                               (longer.size() == shorter.size() || longer[shorter.size()] == '/'));
}

void DiskBackend::walk(std::size_t volume, const std::string& inside,
                       const std::function<void(const wire::Entry&)>& on_entry,
                       const std::function<void(const wire::Problem&)>& on_problem) {
    auto* system = volumes_[volume].system.get();
    std::vector<std::pair<TSK_INUM_T, std::string>> pending = {
        {system->root_inum, volumes_[volume].name}};
    std::set<TSK_INUM_T> visited = {system->root_inum};
    while (!pending.empty()) {
        const auto [inode, folder_path] = std::move(pending.back());
        pending.pop_back();
        if (!on_the_way(folder_path, inside)) {
            continue;
        }
        const Folder folder(::tsk_fs_dir_open_meta(system, inode));
        if (!folder) {
            const auto error = error_of_tsk(ErrorCode::bad_container);
            on_problem({.path = folder_path, .code = error.code(), .message = error.message()});
            continue;
        }
        const auto count = ::tsk_fs_dir_getsize(folder.get());
        std::set<std::string_view> names; // libtsk lists each stream of a file
        for (std::size_t i = 0; i < count; ++i) {
            const auto* name = ::tsk_fs_dir_get_name(folder.get(), i);
            if (name == nullptr || name->name == nullptr ||
                (name->flags & TSK_FS_NAME_FLAG_ALLOC) == 0 ||
                name->type == TSK_FS_NAME_TYPE_VIRT || name->type == TSK_FS_NAME_TYPE_VIRT_DIR) {
                continue;
            }
            const std::string_view text = name->name;
            if (text == "." || text == ".." || !names.insert(text).second) {
                continue;
            }
            auto path = with(folder_path, text);
            if (name->type == TSK_FS_NAME_TYPE_DIR) {
                if (visited.insert(name->meta_addr).second) {
                    pending.emplace_back(name->meta_addr, std::move(path));
                }
                continue;
            }
            const auto [known, is_new] =
                ids_.emplace(std::pair(volume, name->meta_addr), places_.size());
            if (is_new) {
                places_.push_back({volume, name->meta_addr});
            }
            on_entry({.id = known->second,
                      .type = name->type == TSK_FS_NAME_TYPE_LNK ? wire::Type::link
                              : name->type == TSK_FS_NAME_TYPE_REG ||
                                      name->type == TSK_FS_NAME_TYPE_UNDEF
                                  ? wire::Type::file
                                  : wire::Type::other,
                      .path = std::move(path)});
        }
    }
}

TSK_FS_FILE& DiskBackend::opened(std::uint64_t id) {
    if (id >= places_.size()) {
        throw Error(ErrorCode::invalid_argument, "there is no such file");
    }
    constexpr std::size_t kMost = 16;
    auto& file = open_[id];
    if (!file) {
        if (open_.size() > kMost) {
            for (auto each = open_.begin(); each != open_.end();) {
                each = each->first == id ? std::next(each) : open_.erase(each);
            }
        }
        const auto& place = places_[id];
        file.reset(
            ::tsk_fs_file_open_meta(volumes_[place.volume].system.get(), nullptr, place.inode));
        if (!file) {
            open_.erase(id);
            throw error_of_tsk(ErrorCode::bad_container);
        }
    }
    return *file;
}

const TSK_FS_ATTR& DiskBackend::data_of(std::uint64_t id) {
    const auto* data = ::tsk_fs_file_attr_get(&opened(id));
    if (data == nullptr) {
        throw error_of_tsk(ErrorCode::bad_container);
    }
    if ((data->flags & TSK_FS_ATTR_ENC) != 0) {
        throw Error(ErrorCode::encrypted, "Windows has encrypted it (EFS)");
    }
    return *data;
}

wire::Entry DiskBackend::stat(std::uint64_t id) {
    const auto& file = opened(id);
    const auto& data = data_of(id);
    wire::Entry entry = {.id = id, .path = {}};
    entry.size = static_cast<std::uint64_t>(std::max<TSK_OFF_T>(data.size, 0));
    if (const auto* meta = file.meta) {
        entry.inode = meta->addr;
        const auto ticks = [](time_t seconds, std::uint32_t nanoseconds) {
            return seconds == 0 ? 0 : ticks_of(seconds, nanoseconds);
        };
        entry.modified = ticks(meta->mtime, meta->mtime_nano);
        entry.changed = ticks(meta->ctime, meta->ctime_nano);
        entry.created = ticks(meta->crtime, meta->crtime_nano);
    }
    if (blocks_->as_stored()) {
        entry.place = place_of(data, *file.fs_info);
    }
    return entry;
}

void DiskBackend::read(std::uint64_t id, std::uint64_t offset, std::span<std::byte> out) {
    const auto& data = data_of(id);
    while (!out.empty()) {
        const auto got = ::tsk_fs_attr_read(&data, static_cast<TSK_OFF_T>(offset),
                                            reinterpret_cast<char*>(out.data()), out.size(),
                                            TSK_FS_FILE_READ_FLAG_NONE);
        if (got <= 0) {
            const auto error = error_of_tsk(ErrorCode::io_error);
            throw Error(error.code(), offset, error.message());
        }
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
}

wire::Map DiskBackend::map(std::uint64_t id) {
    auto& system = *volumes_.at(places_.at(id).volume).system;
    const auto& file = opened(id);
    const auto& data = data_of(id);
    if (const auto why = blocks_->why_sealed(); !why.empty()) {
        throw Error(ErrorCode::not_in_place, why);
    }
    require_at_rest(system);
    return {.direct = blocks_->as_stored(), .extents = extents_of(*file.meta, data, system)};
}

void DiskBackend::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (offset > blocks_->size() || bytes.size() > blocks_->size() - offset) {
        throw Error(ErrorCode::invalid_argument, "that lies outside of the disk");
    }
    blocks_->write(offset, bytes);
}

std::string libraries() {
    std::string names = fmt::format("libtsk {}", ::tsk_version_get_str());
#ifdef HIVELINT_EWF
    names += ", libewf";
#endif
#ifdef HIVELINT_VHDI
    names += ", libvhdi";
#endif
#ifdef HIVELINT_NBD
    names += ", libnbd";
#endif
    return names;
}

} // namespace
} // namespace hivelint::helper

int main(int argc, char** argv) {
    using namespace hivelint::helper;
    return serve(argc, argv, libraries(), [] { return std::make_unique<DiskBackend>(); });
}
