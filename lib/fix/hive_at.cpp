#include "hive_at.hpp"

#include "change/locked_file.hpp"
#include "container/format.hpp"
#include "evidence/container.hpp"
#include "image_file.hpp"
#include "platform/path_text.hpp"

#include <fmt/core.h>

namespace hivelint {

HiveAt hive_at(const std::filesystem::path& path, std::size_t named, std::string_view inside,
               const ContainerOptions& how) {
    if (inside.empty()) {
        return {.at = locate_below(path, named), .path = path};
    }
    auto image = text_of(path);
    const auto behind = std::string(kInside) + std::string(inside);
    if (!image.ends_with(behind)) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} is not what its path says", inside));
    }
    image.resize(image.size() - behind.size());
    HiveAt hive = {.at = locate_below(path_of(image), named), .path = path};
    const auto format = format_of(*Container().open(hive.at));
    if (!format) {
        throw Error(ErrorCode::bad_container, "it is no image any more");
    }
    hive.image = {.image = path_of(image),
                  .named = named,
                  .format = *format,
                  .inside = std::string(inside),
                  .how = &how};
    return hive;
}

HiveBytes::HiveBytes(const HiveAt& hive) : file_(Container().open(hive.at, hive.id)) {
    if (!hive.image) {
        return;
    }
    Target target;
    target.path = text_of(hive.image->image);
    target.id = file_->id();
    target.named = hive.image->named;
    target.container = hive.image->format;
    target.inside = hive.image->inside;
    loaded_ = load_hive(target, *hive.image->how);
    memory_.emplace(loaded_->hive.bytes);
    logs_.emplace(*loaded_);
}

const ByteSource& HiveBytes::bytes() const {
    return memory_ ? static_cast<const ByteSource&>(*memory_) : *file_;
}

std::optional<std::span<const LogBytes>> HiveBytes::logs() const {
    return logs_ ? std::optional(logs_->all()) : std::nullopt;
}

void HiveBytes::check_unchanged() const { file_->check_unchanged(); }

std::unique_ptr<ChangedFile> change_at(const HiveAt& hive) {
    if (hive.image && hive.image->format == ContainerFormat::wim) {
        return std::make_unique<WimFile>(hive);
    }
    if (hive.image) {
        return std::make_unique<ImageFile>(hive);
    }
    return std::make_unique<LockedFile>(hive.at, hive.id);
}

std::optional<Error> why_not_changed(const HiveAt& hive) {
    if (const auto problem = why_not_alone(hive.at)) {
        return problem;
    }
    if (const auto problem = why_not_beside(hive.at)) {
        return problem;
    }
    try {
        if (hive.image) {
            ImageFile::require_changeable(hive);
        }
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

} // namespace hivelint
