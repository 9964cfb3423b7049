// The helper programs: what they may do, and what becomes of a scan when one of them ends or hangs.
#include "container/container_reader.hpp"
#include "platform/file.hpp"

#include "tests/support/containers.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

const fs::path kHelpers = fs::path(HIVELINT_HIVESCAN).parent_path() / "helpers";

/// `/proc/PID/status` of a helper of ours.
std::map<std::string, std::string> status_of_helper(pid_t& pid) {
    for (const auto& entry : fs::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "status");
        std::map<std::string, std::string> status;
        for (std::string line; std::getline(file, line);) {
            const auto colon = line.find(':');
            const auto value = line.find_first_not_of(" \t", colon + 1);
            status[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
        }
        if (status["PPid"] == std::to_string(::getpid()) &&
            status["Name"].starts_with("hivelint-")) {
            pid = std::stoi(status["Pid"]);
            return status;
        }
    }
    return {};
}

class Archive {
public:
    Archive() {
        shell("zip -qr a.zip \"$1\"", {std::string(HIVELINT_TESTDATA) + "/profiles"}, dir_.path());
        const FileAt at = locate(path());
        file_ = open_for_reading(at.in(), at.name);
    }
    std::string path() const { return (dir_.path() / "a.zip").native(); }
    /// Open, by a helper that must answer within so many seconds.
    std::unique_ptr<ContainerReader> reader(std::uint64_t seconds = 60) const {
        ContainerOptions options;
        options.helpers = kHelpers;
        options.limits.seconds = seconds;
        return std::make_unique<ContainerReader>(ContainerFormat::zip, file_.get(), path(),
                                                 options);
    }

private:
    TempDir dir_;
    File file_;
};

ErrorCode code_of_list(ContainerReader& reader) {
    try {
        reader.list("", [](const wire::Entry&) {}, [](const wire::Problem&) {});
        return ErrorCode::hivex_failed; // none
    } catch (const Error& error) {
        return error.code();
    }
}

bool can_look() {
    return has_helper("archive") && have_programs({"zip"}) && fs::exists("/proc/self/status");
}

} // namespace

TEST_CASE("helpers: they may read and answer, and nothing else") {
    if (!can_look()) {
        return;
    }
    const Archive archive;
    const auto reader = archive.reader();
    pid_t pid = 0;
    const auto status = status_of_helper(pid);
    REQUIRE(pid != 0);
    CHECK(status.at("NoNewPrivs") == "1");
    CHECK(!status.at("Uid").starts_with("0\t"));
    CHECK(status.at("CapEff").find_first_not_of('0') == std::string::npos);
    if (HIVELINT_HAS_SECCOMP) {
        CHECK(status.at("Seccomp") == "2");
    }
    std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
    for (std::string line; std::getline(limits, line);) {
        if (line.starts_with("Max core file size")) {
            CHECK(line.find(" 0 ") != std::string::npos);
        }
        if (line.starts_with("Max address space")) { // sanitizers take it by the terabyte
            CHECK((line.find(" 2147483648 ") != std::string::npos ||
                   line.find("unlimited") != std::string::npos));
        }
    }
}

TEST_CASE("helpers: one that ends, or hangs, is an error of its container") {
    if (!can_look()) {
        return;
    }
    const Archive archive;
    SUBCASE("it ends") {
        auto reader = archive.reader();
        pid_t pid = 0;
        status_of_helper(pid);
        REQUIRE(pid > 0);
        ::kill(pid, SIGSEGV);
        CHECK(code_of_list(*reader) == ErrorCode::bad_container);
        CHECK(code_of_list(*reader) == ErrorCode::bad_container); // and is gone
    }
    SUBCASE("it hangs") {
        auto reader = archive.reader(1);
        pid_t pid = 0;
        status_of_helper(pid);
        REQUIRE(pid > 0);
        ::kill(pid, SIGSTOP);
        CHECK(code_of_list(*reader) == ErrorCode::bad_container);
    }
    SUBCASE("it is well") {
        auto reader = archive.reader();
        CHECK(code_of_list(*reader) == ErrorCode::hivex_failed);
    }
}

TEST_CASE("helpers: none outlives its reader") {
    if (!can_look()) {
        return;
    }
    const Archive archive;
    static_cast<void>(archive.reader());
    pid_t left = 0;
    status_of_helper(left);
    CHECK(left == 0);
}

TEST_CASE("helpers: one that is not there") {
    const auto helpers = container_helpers("/nowhere");
    REQUIRE(helpers.size() == 3);
    for (const auto& helper : helpers) {
        CHECK(helper.libraries == "");
    }
    ContainerOptions options;
    options.helpers = "/nowhere";
    try {
        const ContainerReader reader(ContainerFormat::zip, kNoHandle, "", options);
        FAIL("it was opened");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::no_helper);
    }
}
