/// \file
/// Error: what bad input causes, with the place in the file where it applies.
#pragma once

#include <hivelint/export.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint {

/// Why something could not be read or done. to_string() gives the word that stands in reports.
enum class ErrorCode : std::uint8_t {
    // the place where a hive should be
    not_found,             ///< no such file or folder
    name_too_long,         ///< no file system takes a path or name as long
    permission_denied,     ///< the file or folder may not be read
    not_a_regular_file,    ///< a folder, FIFO, socket or device stands under the hive's name
    symbolic_link,         ///< a symbolic link stands under the hive's name; links are not followed
    io_error,              ///< the system failed to read or write; the message has its words
    changed_while_reading, ///< the file shrank, grew or was replaced while it was being read
    // what kind of file it is
    too_short,           ///< shorter than a base block and one hive bin
    not_a_hive,          ///< neither a base block nor a first hive bin
    wrong_file_type,     ///< a transaction log, not a primary file (REGF.md section 2)
    unsupported_version, ///< a format version with another layout, or none we know (section 2.2)
    bad_base_block,      ///< a field of the base block cannot be (section 2)
    checksum_mismatch,   ///< the base block's checksum is wrong (section 2.1)
    truncated,           ///< the file ends before its hive bins do
    // the structure inside the hive bins (sections 4 and 13)
    bad_root,        ///< the root cell is not a root key node
    bad_bin,         ///< a hive bin's signature, offset or size is wrong
    bad_cell,        ///< a cell's offset or size is wrong, or it is free though it is referenced
    bad_key_node,    ///< a key node does not fit its cell, or is not one
    bad_subkey_list, ///< a subkey list does not fit its cell, is not one, or is reached twice
    bad_value_list,  ///< a value list does not fit its cell
    bad_value,       ///< a key value record does not fit its cell, or is not one
    bad_data,        ///< a value's data does not fit its cells
    link_key,        ///< a symbolic link key: what it points to is not in this hive's tree
    predefined_key,  ///< a predefined-handle key: its value count is a handle, not a count
    tombstone,       ///< a value deleted in this layer of a differencing hive
    damaged,         ///< verify() found damage, so that no second parser was asked
    limit_exceeded,  ///< more than a documented limit allows
    // archives and disk images
    bad_container, ///< it is damaged, or cut, or what reads it failed
    encrypted,     ///< no key to it is known, or a wrong one
    no_helper,     ///< the program that could open it is not there, or cannot open such ones
    // transaction logs (sections 5 to 8)
    bad_log,        ///< no log, an unusable one, or an entry that is cut or damaged
    end_of_chain,   ///< behind the newest entry lies none, or what an earlier round left
    stale_log,      ///< its entries are older than the hive
    foreign_log,    ///< it is the log of another hive, or of another moment
    broken_chain,   ///< it does not go on where the other log ends
    ambiguous_logs, ///< two logs that contradict each other: which one counts is not certain
    // writing (section 14)
    not_in_place,         ///< it lies in a container where nothing is changed in place
    dirty_volume,         ///< of an image: its file system was not shut down cleanly
    dirty_hive,           ///< newer data may be in the logs: the primary file must not be changed
    nonstandard_value,    ///< the value is not the documented one: it is only replaced by force
    no_room,              ///< new data do not fit where the old ones lie, and nothing is moved
    duplicate_name,       ///< another value of the same name: which one counts is not certain
    differencing_hive,    ///< the hive is a layer over another one
    pending_transactions, ///< Windows may still roll transactions forward into the hive
    interrupted_fix,      ///< a journal lies beside the hive: roll it back first
    bad_journal,          ///< the journal beside the hive is not one of ours, or of another file
    locked,               ///< another process is changing the file
    not_as_planned,       ///< the file does not hold the bytes that the patch was made for
    already_exists,       ///< a file that would be made is there already
    failed_check,         ///< the changed hive is, or would be, not what was planned
    // use of the library
    wrong_type,       ///< a typed accessor was asked for another type than the value has
    invalid_argument, ///< an argument that no input could make right
    parsers_disagree, ///< the walker and hivex give different answers
    hivex_failed,     ///< libhivex refused or failed; the message has its words
};

/// The word for `code` in reports, in kebab case: `bad-cell`.
HIVELINT_API std::string_view to_string(ErrorCode code) noexcept;
/// The code of that word; absent when there is none.
HIVELINT_API std::optional<ErrorCode> error_code_from_string(std::string_view word) noexcept;

/// What bad input causes. The message holds every value of the failed check, but neither the file's
/// name (the caller knows it) nor the offset (see offset()).
class HIVELINT_API Error : public std::exception {
public:
    /// Of the file as a whole, or of none.
    Error(ErrorCode code, std::string message);
    /// At `offset`, in bytes from the start of the file.
    Error(ErrorCode code, std::uint64_t offset, std::string message);

    /// What went wrong; programs go by this.
    ErrorCode code() const noexcept { return code_; }
    /// Bytes from the start of the file; absent when the failure has no place in it.
    std::optional<std::uint64_t> offset() const noexcept { return offset_; }
    /// For people, in English; may hold names from the evidence, escaped.
    const std::string& message() const noexcept { return message_; }
    /// The same as message().
    const char* what() const noexcept override { return message_.c_str(); }

private:
    ErrorCode code_;
    std::optional<std::uint64_t> offset_;
    std::string message_;
};

} // namespace hivelint
