#include "open_hive.hpp"

#include "regf/core/base_block_fields.hpp"
#include "regf/core/records.hpp"
#include "regf/core/tree_reader.hpp"
#include "text/le.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <hivex.h>
#include <system_error>
#include <utility>

namespace hivelint {

using regf::Bytes;

namespace {

/// The copy that hivex reads. hivex does not know the two special results of the checksum
/// (REGF.md section 2.1) and refuses the hive: there a spare bit of the base block is changed in
/// the copy, which gives an ordinary result.
std::shared_ptr<PrivateFile> suit_hivex(std::shared_ptr<PrivateFile> file) {
    constexpr std::size_t kSpareByte = 505;
    const Bytes block(file->bytes(), 0);
    const auto sum = regf::sum_of_fields([block](std::size_t at) { return block.u32(at); });
    if (sum == 0 || sum == 0xFFFF'FFFF) {
        file->write(kSpareByte, std::array{file->bytes()[kSpareByte] ^ std::byte{1}});
        std::array<std::byte, 4> stored = {};
        store_u32(stored.data(), sum ^ 0x100);
        file->write(regf::field::kChecksum, stored);
    }
    return file;
}

} // namespace

OpenHive::OpenHive(std::shared_ptr<PrivateFile> file)
    : file_(suit_hivex(std::move(file))), bytes_(file_->bytes()) {
    if (file_->path().empty()) {
        throw Error(ErrorCode::hivex_failed,
                    "libhivex opens files by their names, and without /proc a private copy in "
                    "memory has none");
    }
    handle_.reset(::hivex_open(file_->path().c_str(), 0));
    check(handle_ != nullptr, "hivex_open");
}

void OpenHive::check(bool good, std::string_view call) const {
    if (!good) {
        const int number = errno;
        throw Error(ErrorCode::hivex_failed,
                    fmt::format("{}: {}", call, std::generic_category().message(number)));
    }
}

Bytes OpenHive::record(std::size_t offset) const {
    const Bytes rest{bytes_.subspan(offset), offset};
    const auto size = regf::parse_cell_size(
        rest, static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), 0x7FFF'FFF8)));
    return rest.slice(4, size.bytes - 4);
}

std::vector<std::byte> OpenHive::data_of_value(std::size_t offset) const {
    const MemorySource source(bytes_);
    regf::TreeReader tree(source, regf::read_base_block(source));
    const auto cell = static_cast<std::uint32_t>(offset - regf::kBaseBlockSize);
    return tree.stored(tree.value_at({cell}, offset)).data;
}

void OpenHive::Closer::operator()(hive_h* handle) const { ::hivex_close(handle); }

} // namespace hivelint
