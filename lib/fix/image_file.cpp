#include "image_file.hpp"

#include "platform/path_text.hpp"
#include "source/check_range.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <vector>

namespace hivelint {
namespace {

void refuse_format(ContainerFormat format) {
    switch (format) {
    case ContainerFormat::raw_disk:
    case ContainerFormat::vhd:
    case ContainerFormat::vhdx:
    case ContainerFormat::vmdk:
    case ContainerFormat::qcow2:
    case ContainerFormat::vdi:
    case ContainerFormat::wim:
    case ContainerFormat::ewf: return;
    default:
        throw Error(ErrorCode::not_in_place,
                    fmt::format("nothing is changed inside of a file of the kind {}: take the hive "
                                "out, mend it, and put it back",
                                to_string(format)));
    }
}

/// What VMware lays beside a disk that a machine runs on.
void refuse_lock_folder(const FileAt& image) {
    if (is_there(
            image.beside(image.name.substr(image.name.find_last_of(kSeparator) + 1) + ".lck"))) {
        throw Error(ErrorCode::locked, "a virtual machine has it open: its .lck lies beside it");
    }
}

File open_image(const HiveAt& hive) {
    refuse_format(hive.image->format);
    refuse_lock_folder(hive.at);
    if (status_of(hive.at.in(), hive.at.name).read_only) {
        throw Error(ErrorCode::permission_denied, "the file is read-only");
    }
    return open_alone(hive.at.in(), hive.at.name);
}

} // namespace

ImageFile::Session::Session(const HiveAt& hive, const File& image, Access how)
    : access(how),
      reader(hive.image->format, image.get(), hive.image->image, *hive.image->how, how) {
    const auto& inside = hive.image->inside;
    bool found = false;
    reader.list(
        inside,
        [&](const wire::Entry& entry) {
            if (entry.path == inside && entry.type == wire::Type::file) {
                id = entry.id;
                found = true;
            }
        },
        [](const wire::Problem&) {});
    if (!found) {
        throw Error(ErrorCode::not_found, "nothing of this name lies in the image");
    }
    if (reader.random_access()) {
        size = reader.stat(id).size;
        map = reader.map(id, size);
        return;
    }
    reader.fetch(std::span(&id, 1), [&](std::uint64_t, std::vector<std::byte> bytes,
                                        const std::optional<Error>& error) {
        if (error) {
            throw Error(*error);
        }
        content = std::move(bytes);
    });
    size = content.size();
    map = reader.map(id, size);
}

void ImageFile::Session::read_at(std::uint64_t offset, std::span<std::byte> out) {
    check_range(size, offset, out.size());
    if (reader.random_access()) {
        reader.read_at(id, offset, out);
    } else {
        std::ranges::copy(std::span(content).subspan(static_cast<std::size_t>(offset), out.size()),
                          out.begin());
    }
}

ImageFile::ImageFile(const HiveAt& hive)
    : hive_(hive), image_(open_image(hive)), folder_(folder_of(hive.at)),
      status_(status_of(image_.get())) {
    if (hive.id && *hive.id != status_.id) {
        throw Error(ErrorCode::changed_while_reading, "another file was put in its place");
    }
    const auto format = hive.image->format;
    const bool plain = format == ContainerFormat::raw_disk || format == ContainerFormat::vhd ||
                       format == ContainerFormat::wim;
    if (!plain) { // what opens them has locks of its own
        let_parts_be_locked(image_);
    }
    direct_ = session(plain ? Access::read : Access::write).map.direct;
    if (!direct_ && format != ContainerFormat::wim) {
        let_parts_be_locked(image_);
    }
}

void ImageFile::require_changeable(const HiveAt& hive) {
    refuse_format(hive.image->format);
    refuse_lock_folder(hive.at);
    const File image = open_for_reading(hive.at.in(), hive.at.name);
    static_cast<void>(Session(hive, image, Access::read));
}

ImageFile::Session& ImageFile::session(Access access) const {
    if (!session_ || (access == Access::write && session_->access != access)) {
        session_.reset(); // two at a time would lock each other out
        session_ = std::make_unique<Session>(hive_, image_, access);
    }
    return *session_;
}

void ImageFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
    session(Access::read).read_at(offset, out);
}

/// Whether the range is as it is to become.
bool ImageFile::holds(Session& in, const ByteRange& range) {
    std::vector<std::byte> there(range.after.size());
    in.read_at(range.offset, there);
    return there == range.after;
}

/// One range, which may lie in several pieces.
void ImageFile::put(Session& in, const ByteRange& range) {
    std::vector<std::byte> there(range.after.size());
    in.read_at(range.offset, there);
    for (std::size_t i = 0; i < there.size(); ++i) {
        // Of a change that was cut off either may be there, and nothing else.
        if (there[i] != range.before[i] && there[i] != range.after[i]) {
            throw Error(ErrorCode::changed_while_reading, range.offset + i,
                        "somebody else has changed the image");
        }
    }
    auto bytes = std::span(range.after);
    auto offset = range.offset;
    auto extent = std::ranges::upper_bound(in.map.extents, offset, {}, &wire::Extent::offset);
    for (--extent; !bytes.empty(); ++extent) {
        const auto from = offset - extent->offset;
        const auto part = bytes.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), extent->size - from)));
        if (direct_) {
            hivelint::write_at(image_, extent->place + from, part);
        } else {
            in.reader.write_at(extent->place + from, part);
        }
        bytes = bytes.subspan(part.size());
        offset += part.size();
    }
}

void ImageFile::begin(const FileChange& change) {
    const auto& in = session(direct_ ? Access::read : Access::write);
    if (change.size != change.size_after() || change.size != in.size) {
        throw Error(ErrorCode::not_in_place,
                    fmt::format("the hive of {} bytes would take {}, and in an image no file "
                                "becomes longer",
                                in.size, change.size_after()));
    }
}

void ImageFile::write(const FileChange& change) {
    begin(change);
    for (const auto& range : change.ranges) {
        put(*session_, range);
    }
}

void ImageFile::make_durable() {
    if (direct_) {
        hivelint::make_durable(image_, "the image");
    } else {
        session(Access::write).reader.sync();
    }
    close();
    restore_times_if_asked();
}

void ImageFile::restore_times_if_asked() {
    if (restores_times_) {
        set_times(image_, status_.accessed, status_.modified);
    }
}

void WimFile::write(const FileChange& change) {
    begin(change);
    if (old_ && old_->sha256 == change.sha256_after) {
        front_ = old_->front;
        takes_back_ = true;
        return;
    }
    auto& in = session(Access::read);
    if (std::ranges::all_of(change.ranges,
                            [&](const ByteRange& range) { return holds(in, range); })) {
        return; // what is put back was never away
    }
    auto appendix = in.reader.exchange(in.id, change.ranges);
    if (status_of(image().get()).size != appendix.end) {
        throw Error(ErrorCode::changed_while_reading, "somebody else has appended to the WIM");
    }
    old_ = {.end = appendix.end, .front = {}, .sha256 = change.sha256_before};
    old_->front.resize(appendix.front.size());
    if (read_some(image().get(), 0, old_->front) != old_->front.size()) {
        throw Error(ErrorCode::changed_while_reading, "the WIM has become shorter");
    }
    hivelint::write_at(image(), appendix.end, appendix.bytes);
    front_ = std::move(appendix.front);
}

void WimFile::make_durable() {
    if (!front_.empty()) {
        hivelint::make_durable(image(), "what was appended to the WIM");
        hivelint::write_at(image(), 0, front_);
        front_.clear();
    }
    hivelint::make_durable(image(), "the WIM");
    if (takes_back_) {
        set_size(image(), old_->end);
        hivelint::make_durable(image(), "the WIM");
        takes_back_ = false;
        old_.reset();
    }
    close();
    restore_times_if_asked();
}

} // namespace hivelint
