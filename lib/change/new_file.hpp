// NewFile: a file that gets its name when it is whole and durable, so that nobody, not even after a
// crash, finds half of it under that name.
#pragma once

#include "platform/file.hpp"

#include <hivelint/source.hpp>

#include <filesystem>
#include <string>

namespace hivelint {

class NewFile {
public:
    /// Begins a file, of that mode but for what the umask takes, as `.NAME.hivelint-partial-1` (or
    /// -2, and so on: a crash may have left such ones) beside `path`. `what` names it in messages.
    /// All is done in the folder that the path leads to now.
    /// Throws Error already_exists (and it is to be refused), and as system_error().
    NewFile(const std::filesystem::path& path, std::string what, IfThere if_there, FileMode mode);
    /// Removes the file unless it has its name.
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    const File& file() const { return file_; }
    /// Writes all of `source`. Throws Error as write_at() and read_at().
    void write(const ByteSource& source);
    /// Likewise all of a file, as copy_content().
    void write(const File& whole) { copy_content(whole, file_); }
    /// Where it lies until it has its name.
    const FileAt& partial() const { return partial_; }

    /// Makes file and name durable. Throws Error already_exists (someone else made such a file
    /// meanwhile), and as system_error(); there is then no file of ours.
    void publish();

private:
    void give_name() const;
    Error exists_already() const;

    FileAt at_;
    std::string what_;
    IfThere if_there_;
    FileAt partial_;
    File file_;
    bool has_name_ = false;
};

} // namespace hivelint
