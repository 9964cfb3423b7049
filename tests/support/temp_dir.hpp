// TempDir: a folder of a test's own, gone with all that the test put in it.
#pragma once

#ifdef _WIN32
#include "tests/windows/temp_dir.hpp" // IWYU pragma: export
#else

#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace hivelint::test {

class TempDir {
public:
    TempDir() {
        std::string name = (std::filesystem::temp_directory_path() / "hivelint-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a temporary folder " + name);
        }
        path_ = name;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        const int top = open_folder(AT_FDCWD, path_.c_str());
        // Each round removes one level and lifts the next one up; the last round finds nothing.
        while (top >= 0 && clear(top)) {
        }
        ::close(top);
        ::rmdir(path_.c_str());
    }

    const std::filesystem::path& path() const { return path_; }

private:
    static int open_folder(int parent, const char* name) {
        return ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }

    /// Tests take them away. Of folders only: what a link leads to is not the test's.
    static void give_back_permissions(int parent, const std::string& name) {
        struct stat status = {};
        if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(status.st_mode)) {
            ::fchmodat(parent, name.c_str(), 0700, 0);
        }
    }

    /// Removes the files in `top` and moves what lies in its folders up into it, so that a tree of
    /// any depth takes two descriptors. Whether there was anything that could be removed or moved.
    bool clear(int top) {
        bool changed = false;
        for_each(top, [&](const std::string& name) {
            if (::unlinkat(top, name.c_str(), 0) == 0) {
                changed = true;
                return;
            }
            give_back_permissions(top, name);
            const int folder = open_folder(top, name.c_str());
            for_each(folder, [&](const std::string& inner) {
                give_back_permissions(folder, inner);
                // No test uses names like this one, and no two of them are equal.
                const std::string lifted = "hivelint-lifted-" + std::to_string(++lifted_);
                changed |= ::renameat(folder, inner.c_str(), top, lifted.c_str()) == 0;
            });
            ::close(folder);
            changed |= ::unlinkat(top, name.c_str(), AT_REMOVEDIR) == 0;
        });
        return changed;
    }

    template<typename Visit>
    static void for_each(int folder, Visit visit) {
        DIR* entries = folder < 0 ? nullptr : ::fdopendir(::openat(folder, ".", O_RDONLY));
        while (const auto* entry = entries == nullptr ? nullptr : ::readdir(entries)) {
            if (const std::string name = entry->d_name; name != "." && name != "..") {
                visit(name);
            }
        }
        if (entries != nullptr) {
            ::closedir(entries);
        }
    }

    std::filesystem::path path_;
    unsigned long lifted_ = 0;
};

} // namespace hivelint::test

#endif
