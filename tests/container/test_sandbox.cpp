// What a helper program may do once it has shut itself in.
#include "tools/helpers/sandbox.hpp"

#include "tests/support/hive_files.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hivelint::test;

namespace {

/// What `act` gives in a process that has shut itself in: errno, 0 when it worked.
template<typename Act>
int in_sandbox(Act act) {
    const auto child = ::fork();
    if (child == 0) {
        hivelint::helper::limit_self();
        hivelint::helper::shut_in();
        errno = 0;
        ::_exit(act() < 0 ? errno : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace

TEST_CASE("sandbox: it reads, and neither writes, starts nor connects") {
    if (!HIVELINT_HAS_SECCOMP) {
        say_skipped("built without libseccomp");
        return;
    }
    const TempDir dir;
    const auto file = (dir.path() / "file").native();
    const auto made = (dir.path() / "made").native();
    write_file(file, pattern(10));
    CHECK(in_sandbox([&] { return ::open(file.c_str(), O_RDONLY); }) == 0);
    CHECK(in_sandbox([&] { return ::open(file.c_str(), O_RDWR); }) == EPERM);
    CHECK(in_sandbox([&] { return ::open(file.c_str(), O_RDONLY | O_TRUNC); }) == EPERM);
    CHECK(in_sandbox([&] { return ::open(made.c_str(), O_RDONLY | O_CREAT, 0600); }) == EPERM);
    CHECK(in_sandbox([&] { return ::unlink(file.c_str()); }) == EPERM);
    CHECK(in_sandbox([&] { return ::rename(file.c_str(), made.c_str()); }) == EPERM);
    CHECK(in_sandbox([&] { return ::chmod(file.c_str(), 0777); }) == EPERM);
    CHECK(in_sandbox([] { return ::socket(AF_INET, SOCK_STREAM, 0); }) == EPERM);
    CHECK(in_sandbox([] { return ::execl("/bin/true", "true", nullptr); }) == EPERM);
    CHECK(in_sandbox([] { return ::fork(); }) == EPERM);
    CHECK(in_sandbox([] { return ::kill(::getppid(), 0); }) == EPERM);
    CHECK(std::filesystem::file_size(file) == 10);
}
