// What a search for hives passed over, in words.
#include "text/words.hpp"

#include <hivelint/report.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

namespace hivelint {

std::string text_report(const PassedOver& passed) {
    std::string out;
    const auto tell = [&out](const Passed& what, std::string_view name, std::string_view done) {
        if (what.count == 0) {
            return;
        }
        if (what.keep_all) {
            for (const auto& path : what.first) {
                out += fmt::format("passed over: {}{}: {}\n", name, done, escaped_exactly(path));
            }
            return;
        }
        std::string paths;
        for (const auto& path : what.first) {
            paths += (paths.empty() ? "" : ", ") + escaped_exactly(path);
        }
        out += fmt::format("{}{}: {}{}\n", counted(what.count, name), done, paths,
                           what.count > what.first.size() ? ", …" : "");
    };
    tell(passed.links, "link", " not followed");
    tell(passed.containers, "container",
         " (archives, disk images) not opened; unpack or mount them");
    tell(passed.empty, "empty file", " in RegBack, as Windows leaves them, passed over");
    tell(passed.folders, "folder", " called like a hive, looked through");
    tell(passed.others, "hive", " that no rule asks about");
    tell(passed.exports, "registry export", " (.reg, text) not read");
    return out;
}

} // namespace hivelint
