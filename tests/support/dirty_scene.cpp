#include "tests/support/dirty_scene.hpp"

#include "tests/support/hive_files.hpp"
#include "tests/support/replay_scene.hpp"

#include <hivelint/regf/edit.hpp>

#include <algorithm>
#include <stdexcept>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

/// Between hives of dirty_built().
EntrySpec change(std::uint32_t number, std::uint32_t from, std::uint32_t to) {
    return entry_between(number, dirty_built(from), dirty_built(to));
}

BuiltLog new_log_to(std::uint32_t number, std::uint32_t to) {
    return new_log(dirty_built(0), {change(number, ~to, to)});
}

BuiltLog old_log_to(std::uint32_t number, const BuiltHive& before, const BuiltHive& after) {
    return old_log(after, number, changed_pages(before, after));
}

/// A signature of NUL bytes.
BuiltHive without_base_block(BuiltHive hive) {
    hive.put32(header::kSignature, 0);
    return hive;
}

BuiltHive with_other_checksum(BuiltHive hive) {
    hive.put32(header::kChecksum, hive.get32(header::kChecksum) ^ 1);
    return hive;
}

std::vector<DirtyHive> make_dirty_hives() {
    constexpr std::uint32_t kLast = 0xFFFF'FFFF;
    const auto hive = dirty_built(0);
    const auto hive_after = dirty_built(1);
    const auto large = dirty_built(1, 8, 7, 20'000);
    const auto roomy = dirty_built(0, 8, 7, 3000, 3);
    std::vector<DirtyHive> all;
    all.push_back({"new", hive, {{".LOG1", new_log_to(8, 1)}}, 9});
    all.push_back({"two logs",
                   hive,
                   {{".LOG1", new_log(hive, {change(9, 5, 6), change(10, 6, 1)})},
                    {".LOG2", new_log_to(8, 5)}},
                   11});
    all.push_back({"old", hive, {{".LOG", old_log_to(8, hive, hive_after)}}, 9, /*stamps=*/true});
    all.push_back({"healed",
                   without_base_block(hive),
                   {{".LOG1", new_log_to(8, 1)}},
                   9,
                   /*stamps=*/false,
                   /*healed=*/true});
    all.push_back({"healed checksum",
                   with_other_checksum(hive),
                   {{".LOG1", new_log_to(8, 1)}},
                   9,
                   /*stamps=*/false,
                   /*healed=*/true});
    all.push_back({"healed old",
                   without_base_block(hive),
                   {{".LOG1", old_log_to(8, hive, hive_after)}},
                   9,
                   /*stamps=*/true,
                   /*healed=*/true});
    all.push_back({"grows", hive, {{".LOG1", new_log(hive, {entry_between(8, hive, large)})}}, 9});
    all.push_back({"grows old", hive, {{".LOG", old_log_to(8, hive, large)}}, 9, /*stamps=*/true});
    all.push_back({"grows healed",
                   without_base_block(hive),
                   {{".LOG1", new_log(hive, {entry_between(8, hive, large)})}},
                   9,
                   /*stamps=*/false,
                   /*healed=*/true});
    all.push_back(
        {"shrinks", roomy, {{".LOG1", new_log(roomy, {entry_between(8, roomy, hive_after)})}}, 9});
    all.push_back({"remnants",
                   hive,
                   {{".LOG1", new_log_to(8, 1).remnants(new_log_to(40, 2))},
                    {".LOG2", new_log_to(3, 2).remnants(new_log_to(60, 2))}},
                   61});
    all.push_back({"header above", dirty_built(0, 100, 7), {{".LOG1", new_log_to(8, 1)}}, 101});
    all.push_back({"unusable log",
                   hive,
                   {{".LOG1", new_log_to(8, 1)}, {".LOG2", new_log_to(70, 2).cut(1024)}},
                   71});
    all.push_back({"wraps",
                   dirty_built(0, kLast, kLast - 1),
                   {{".LOG1", new_log(hive, {change(kLast, 0, 2), change(0, 2, 1)})}},
                   1});
    return all;
}

} // namespace

std::string text_of(std::span<const std::byte> bytes) {
    std::string text(bytes.size(), '\0');
    std::ranges::transform(bytes, text.begin(), [](std::byte b) { return static_cast<char>(b); });
    return text;
}

BuiltHive hive_of(std::string_view bytes) {
    BuiltHive hive;
    const auto all = std::as_bytes(std::span(bytes));
    hive.bytes.assign(all.begin(), all.end());
    return hive;
}

BuiltHive dirty_built(std::uint32_t value, std::uint32_t primary, std::uint32_t secondary,
                      std::size_t more, std::size_t free_pages) {
    HiveSpec spec{.primary_sequence = primary, .secondary_sequence = secondary};
    spec.with(kRuleKey, {dword(u"Before", 7), dword(kRuleValue, value), sz(u"After", u"kept")})
        .with("Software\\Microsoft\\Office", binary(u"Big", pattern(more)))
        .with("Control Panel", sz(u"Wallpaper", u"none"));
    spec.free_pages = free_pages;
    return spec.build();
}

const std::vector<DirtyHive>& dirty_hives() {
    static const auto all = make_dirty_hives();
    return all;
}

const DirtyHive& dirty_hive(std::string_view name) {
    const auto found = std::ranges::find(dirty_hives(), name, &DirtyHive::name);
    if (found == dirty_hives().end()) {
        throw std::invalid_argument("no such dirty hive");
    }
    return *found;
}

DirtyScene::DirtyScene(const DirtyHive& dirty, const fs::path& storage)
    : dirty_(dirty), scene_(storage), key_(dirty_built(1).key_cell(kRuleKey)),
      old_(text_of(dirty.primary.bytes)) {
    std::vector<BuiltLog> logs;
    for (const auto& [suffix, log] : dirty.logs) {
        logs.push_back(log);
    }
    recovered_ = text_of(Scene(dirty.primary, logs).naive_image());
    reset();
}

fs::path DirtyScene::log(std::string_view suffix) const {
    return scene_.hive().native() + std::string(suffix);
}

void DirtyScene::reset(std::string_view bytes) {
    scene_.reset(bytes);
    for (const auto& [suffix, log] : dirty_.logs) {
        write_file(this->log(suffix), log.bytes);
    }
}

std::string DirtyScene::fixed_bytes(regf::FileTime time, Action action) const {
    auto hive = hive_of(recovered_);
    const auto image = std::span(hive.bytes).first(kPage + hive.get32(header::kBinsSize));
    const auto ranges = regf::edit_values(
        regf::VerifiedImage({image.begin(), image.end()}),
        {.changes = {{.key = Path(kRuleKey).names(),
                      .value = kRuleValue,
                      .becomes = action == Action::set_value ? std::optional(regf::dword_data(0))
                                                             : std::nullopt}},
         .time = time,
         .sequence = dirty_.fixed_number,
         .stamp_base_block = dirty_.stamps});
    for (const auto& range : ranges) {
        store_bytes(hive.bytes, range.offset, range.after);
    }
    return text_of(hive.bytes);
}

bool DirtyScene::is_fixed(const std::string& bytes, Action action) const {
    if (bytes.size() != recovered_.size()) {
        return false;
    }
    const auto time =
        load(std::as_bytes(std::span(bytes)), key_ + nk::kLastWritten, sizeof(std::uint64_t));
    return bytes == fixed_bytes({time}, action);
}

Patch DirtyScene::plan(Action action) const {
    return plan_fix(hive(), rules(), {.action = action, .replay = true, .time = kFixTime});
}

std::string DirtyScene::beside() const {
    std::string names = scene_.beside() + " ";
    std::string out;
    for (const auto& [suffix, log] : dirty_.logs) {
        const auto name = fmt::format(" NTUSER.DAT{} ", suffix);
        const auto at = names.find(name);
        if (at == std::string::npos || read_file(this->log(suffix)) != text_of(log.bytes)) {
            out += fmt::format("?{} ", suffix);
        }
        if (at != std::string::npos) {
            names.erase(at, name.size() - 1);
        }
    }
    names.pop_back();
    return out + names;
}

std::vector<std::string> DirtyScene::arguments(std::vector<std::string> more) const {
    more.emplace_back("--replay");
    return scene_.arguments(std::move(more));
}

} // namespace hivelint::test
