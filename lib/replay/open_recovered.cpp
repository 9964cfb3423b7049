#include <hivelint/open_recovered.hpp>

#include "hivex/private_image.hpp"
#include "log_replay.hpp"

#include <utility>

namespace hivelint {
namespace {

Hive open_front(const ByteSource& source, std::uint64_t size) {
    return Hive::open(PrivateImage(private_copy(source, size)));
}

} // namespace

OpenedHive open_recovered(const std::filesystem::path& path,
                          const std::vector<std::filesystem::path>& log_places) {
    Container evidence;
    LogSearch search(log_places, evidence);
    const FileAt at = locate(path);
    const auto file = evidence.open(at);
    std::optional<regf::BaseBlock> stored;
    try {
        stored = regf::read_base_block(*file);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::checksum_mismatch) {
            throw;
        }
    }
    if (stored && !stored->dirty()) {
        OpenedHive opened = {open_front(*file, stored->image_size()), *stored, {}, {}, {}};
        file->check_unchanged();
        return opened;
    }
    const auto replay = replay_of(at, path, *file, evidence, search);
    if (const auto& reason = replay.plan().reason) {
        throw Error(*reason);
    }
    const auto recovered = replay.recovered();
    recovered->finish();
    const auto base_block = regf::read_base_block(*recovered);
    OpenedHive opened = {open_front(*recovered, base_block.image_size()),
                         stored.value_or(base_block), replay.plan().result, replay.accounts(),
                         summary(replay)};
    recovered->check_unchanged();
    return opened;
}

} // namespace hivelint
