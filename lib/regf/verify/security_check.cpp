// The part of TreeCheck that deals with security records: one ring of them, used by all keys.
#include "tree_check.hpp"

#include <fmt/core.h>

namespace hivelint::regf {
namespace {

constexpr std::size_t kFixedSize = 20;

/// A self-relative security descriptor: a header of 20 bytes, of which 4 offsets lead to owner,
/// group, SACL and DACL inside the descriptor, or are 0.
std::optional<std::string> problem_with_descriptor(Bytes descriptor) {
    constexpr std::size_t kHeader = 20;
    constexpr std::uint16_t kSelfRelative = 0x8000;
    if (descriptor.size() < kHeader) {
        return fmt::format("a security descriptor of {} bytes, {} is the least", descriptor.size(),
                           kHeader);
    }
    if (descriptor.u8(0) != 1 || (descriptor.u16(2) & kSelfRelative) == 0) {
        return fmt::format("a security descriptor of revision {} with control {:#06x}; revision 1, "
                           "self-relative, was expected",
                           descriptor.u8(0), descriptor.u16(2));
    }
    for (std::size_t at = 4; at < kHeader; at += 4) {
        const std::uint32_t part = descriptor.u32(at);
        if (part != 0 && (part < kHeader || part >= descriptor.size())) {
            return fmt::format("a security descriptor of {} bytes has a part at {:#x}",
                               descriptor.size(), part);
        }
    }
    return std::nullopt;
}

} // namespace

void TreeCheck::check_security_ring(CellOffset first, std::uint64_t from) {
    CellOffset previous;
    CellOffset offset = first;
    CellOffset last_by_first; // what the first record says stands before it: the ring's end
    // Each record is claimed once, so the loop ends: at the first one again, or at an issue.
    do {
        const auto record = cells_.claim(offset, from);
        if (!record) {
            return;
        }
        if (record->size() < kFixedSize || record->u16(0) != 0x6B73 /* "sk" */) {
            add(Problem::security, record->file_offset(),
                "not a security record, where one is due");
            return;
        }
        ++report_.security_records;
        security_.emplace(offset, Security{record->u32(12), 0, record->file_offset()});
        if (offset == first) {
            last_by_first = CellOffset{record->u32(8)};
        } else if (record->u32(8) != previous.value) {
            add(Problem::security, record->file_offset(),
                fmt::format("the record before is said to be {:#x}, it is {:#x}", record->u32(8),
                            previous.value));
        }
        const std::uint32_t length = record->u32(16);
        if (length > record->size() - kFixedSize) {
            add(Problem::security, record->file_offset(),
                fmt::format("a security descriptor of {} bytes in a record that holds {}", length,
                            record->size() - kFixedSize));
        } else if (auto problem = problem_with_descriptor(record->slice(kFixedSize, length))) {
            add(Problem::security, record->file_offset(), *std::move(problem));
        }
        previous = offset;
        from = record->file_offset() + 4;
        offset = CellOffset{record->u32(4)};
    } while (offset != first);
    ring_closed_ = true;
    if (last_by_first != previous) {
        add(Problem::security, first.in_file(),
            fmt::format("the ring of security records ends at {:#x}, its first record says {:#x}",
                        previous.value, last_by_first.value));
    }
}

void TreeCheck::check_security_of(const Pending& key) {
    const auto found = security_.find(key.node.security);
    if (found == security_.end()) {
        if (!ring_closed_) {
            return; // the ring's damage is noted; which keys it cuts off cannot be known
        }
        add(Problem::security, key.record.file_offset() + KeyNode::kSecurityAt,
            fmt::format("no security record of the ring stands at {:#x}", key.node.security.value));
        return;
    }
    ++found->second.users;
}

void TreeCheck::check_security_counts() {
    for (const auto& [offset, security] : security_) {
        if (security.users != security.stored_count) {
            add(Problem::security_count, security.offset,
                fmt::format("the security record counts {} keys, {} use it", security.stored_count,
                            security.users));
        }
    }
}

} // namespace hivelint::regf
