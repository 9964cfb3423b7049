#include <hivelint/apply.hpp>

#include "change/in_place.hpp"
#include "change/new_file.hpp"
#include "evidence/container.hpp"
#include "planned.hpp"
#include "prove.hpp"
#include "source/hashes.hpp"

#include <hivelint/error.hpp>
#include <hivelint/file_source.hpp>

namespace hivelint {
void apply(const Patch& patch, const std::filesystem::path& path, const ApplyOptions& options) {
    apply(PlannedFix{patch, {}}, HiveAt{.at = locate(path), .path = path}, options);
}

void apply(const PlannedFix& fix, const HiveAt& at, const ApplyOptions& options) {
    const Patch& patch = fix.patch;
    const auto hive = change_at(at);
    const CheckedChange change(ChangedSource(*hive), patch, fix.stored);
    if (patch.ranges.empty()) {
        return;
    }
    if (options.before_change) {
        options.before_change();
    }
    change_in_place(*hive, patch, options.preserve_times,
                    [&] { change.check_written(ChangedSource(*hive)); });
}

std::vector<std::byte> apply_to_bytes(const Patch& patch, const ByteSource& hive) {
    const CheckedChange change(hive, patch);
    std::vector<std::byte> bytes(static_cast<std::size_t>(change.planned().size()));
    change.planned().read_at(0, bytes);
    return bytes;
}

void refuse_copy(const HiveAt& hive) {
    if (hive.image) {
        throw Error(ErrorCode::not_in_place,
                    "no patched copy is made of a hive in an image: copy the image (cp "
                    "--reflink=auto) and mend that");
    }
}

void apply_to_copy(const Patch& patch, const std::filesystem::path& path,
                   const std::filesystem::path& output) {
    apply_to_copy(patch, HiveAt{.at = locate(path), .path = path}, output);
}

namespace {

/// Writes `content`, what is made of `source`, as a file with the mode of `hive`. `check` looks at
/// it before it gets its name.
template<typename Check>
void write_copy(const HiveAt& hive, const FileSource& source, const ByteSource& content,
                const std::filesystem::path& output, Check check) {
    NewFile copy(output, "the output file", IfThere::refuse,
                 status_of(hive.at.in(), hive.at.name).mode);
    copy.write(content);
    make_durable(copy.file(), "the output file");
    source.check_unchanged();
    check(FileSource(copy.partial().in(), copy.partial().name));
    copy.publish();
}

} // namespace

void apply_to_copy(const Patch& patch, const HiveAt& hive, const std::filesystem::path& output) {
    refuse_copy(hive);
    const auto source = Container().open(hive.at, hive.id);
    const CheckedChange change(*source, patch);
    write_copy(hive, *source, change.planned(), output,
               [&](const FileSource& copy) { change.check_written(copy); });
}

void copy_hive(const HiveAt& hive, const std::filesystem::path& output) {
    refuse_copy(hive);
    const auto source = Container().open(hive.at, hive.id);
    write_copy(hive, *source, *source, output, [&](const FileSource& copy) {
        if (sha256(copy) != sha256(*source)) {
            throw Error(ErrorCode::failed_check, "the copy is not what was written");
        }
    });
}

} // namespace hivelint
