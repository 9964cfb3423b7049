#include <hivelint/regf/verify.hpp>

#include "cell_map.hpp"
#include "source/private_memory.hpp"
#include "tree_check.hpp"
#include "verified_copy.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hivelint::regf {
namespace {

struct ProblemInfo {
    Problem problem;
    Weight weight;
    std::string_view word;
};

constexpr auto kDamage = Weight::damage;
constexpr auto kIrregularity = Weight::irregularity;

constexpr auto kProblems = std::to_array<ProblemInfo>({
    {Problem::base_block, kDamage, "base-block"},
    {Problem::file_size, kDamage, "file-size"},
    {Problem::bin, kDamage, "bin"},
    {Problem::cell_size, kDamage, "cell-size"},
    {Problem::cell_reference, kDamage, "cell-reference"},
    {Problem::key_node, kDamage, "key-node"},
    {Problem::key_depth, kDamage, "key-depth"},
    {Problem::subkey_list, kDamage, "subkey-list"},
    {Problem::value_list, kDamage, "value-list"},
    {Problem::value, kDamage, "value"},
    {Problem::data, kDamage, "data"},
    {Problem::security, kDamage, "security"},
    {Problem::dirty, kIrregularity, "dirty"},
    {Problem::free_cells_touch, kIrregularity, "free-cells-touch"},
    {Problem::unreferenced_cell, kIrregularity, "unreferenced-cell"},
    {Problem::name_length, kIrregularity, "name-length"},
    {Problem::key_name, kIrregularity, "key-name"},
    {Problem::name_encoding, kIrregularity, "name-encoding"},
    {Problem::list_order, kIrregularity, "list-order"},
    {Problem::list_hint, kIrregularity, "list-hint"},
    {Problem::list_type, kIrregularity, "list-type"},
    {Problem::duplicate_name, kIrregularity, "duplicate-name"},
    {Problem::longest_name_field, kIrregularity, "longest-name-field"},
    {Problem::big_data, kIrregularity, "big-data"},
    {Problem::security_count, kIrregularity, "security-count"},
});

const ProblemInfo& info_of(Problem problem) {
    return *std::ranges::find(kProblems, problem, &ProblemInfo::problem);
}

} // namespace

std::string_view to_string(Weight weight) noexcept {
    return weight == Weight::damage ? "damage" : "irregularity";
}

std::string_view to_string(Problem problem) noexcept { return info_of(problem).word; }

Weight weight_of(Problem problem) noexcept { return info_of(problem).weight; }

const Issue* VerifyReport::first_damage() const {
    const auto found = std::ranges::find(
        issues, Weight::damage, [](const Issue& issue) { return weight_of(issue.problem); });
    return found == issues.end() ? nullptr : &*found;
}

VerifyReport verify(std::span<const std::byte> image) {
    VerifyReport report;
    try {
        const BaseBlock base_block = read_base_block(MemorySource(image));
        if (!base_block.checksum_valid()) {
            add_issue(report, Problem::base_block, 508,
                      fmt::format("checksum {:#010x}, computed {:#010x}",
                                  base_block.stored_checksum, base_block.computed_checksum));
        } else if (base_block.dirty()) {
            add_issue(report, Problem::dirty, 4,
                      fmt::format("primary sequence number {}, secondary {}",
                                  base_block.primary_sequence, base_block.secondary_sequence));
        }
        std::uint32_t bins_size = base_block.bins_size;
        if (base_block.image_size() > image.size()) {
            add_issue(report, Problem::file_size, image.size(),
                      fmt::format("the file holds {:#x} bytes, base block and hive bins take {:#x}",
                                  image.size(), base_block.image_size()));
            // Whole pages of what is there.
            bins_size =
                static_cast<std::uint32_t>(image.size() - kBaseBlockSize) / kPageSize * kPageSize;
        }
        CellMap cells(image, bins_size, report);
        TreeCheck(cells, base_block, report).run();
        cells.report_unclaimed();
    } catch (const Error& error) {
        add_issue(report, Problem::base_block, error.offset().value_or(0), error.message());
    }
    return report;
}

void require_sound(const VerifiedImage& image) {
    if (const auto* damage = image.report().first_damage()) {
        throw Error(ErrorCode::damaged, damage->offset,
                    fmt::format("{}: {}", to_string(damage->problem), damage->message));
    }
}

VerifiedImage verified_copy(const ByteSource& source, std::uint64_t count) {
    auto copy = private_memory(source, count);
    return {std::move(copy.owner), copy.bytes};
}

} // namespace hivelint::regf
