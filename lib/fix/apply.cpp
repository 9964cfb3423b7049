#include <hivelint/apply.hpp>

#include "change/in_place.hpp"
#include "change/new_file.hpp"
#include "planned.hpp"
#include "prove.hpp"

#include <hivelint/error.hpp>
#include <hivelint/file_source.hpp>

namespace hivelint {
void apply(const Patch& patch, const std::filesystem::path& path, const ApplyOptions& options) {
    apply(PlannedFix{patch, {}}, HiveAt{.at = locate(path), .path = path}, options);
}

void apply(const PlannedFix& fix, const HiveAt& at, const ApplyOptions& options) {
    const Patch& patch = fix.patch;
    LockedFile hive(at.at, at.id);
    const CheckedChange change(LockedSource(hive), patch, fix.stored);
    if (patch.ranges.empty()) {
        return;
    }
    if (options.before_change) {
        options.before_change();
    }
    change_in_place(hive, patch, options.preserve_times,
                    [&] { change.check_written(LockedSource(hive)); });
}

void apply_to_copy(const Patch& patch, const std::filesystem::path& path,
                   const std::filesystem::path& output) {
    const FileSource source(path);
    const CheckedChange change(source, patch);
    NewFile copy(output, "the output file", IfThere::refuse, status_behind(path).mode);
    copy.write(change.planned());
    make_durable(copy.file(), "the output file");
    source.check_unchanged();
    change.check_written(FileSource(copy.partial_path()));
    copy.publish();
}

} // namespace hivelint
