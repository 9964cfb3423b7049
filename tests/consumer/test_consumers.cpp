// Programs outside this build find the library, link it and run: tests/consumer/, against what
// `meson install` makes of this build. The words they use for that stand in README.md.
#include "tests/support/tool_run.hpp"

#include <hivelint/version.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

const fs::path kRoot = fs::path(HIVELINT_TESTDATA).parent_path();

/// What this build installs, in a folder of its own, and room for a program beside it.
class Installed {
public:
    Installed() {
        const auto done = run({.program = "/usr/bin/env",
                               .arguments = {"meson", "install", "-C", HIVELINT_BUILD, "--quiet",
                                             "--no-rebuild", "--destdir", top().native()}});
        CAPTURE(done.out);
        CAPTURE(done.err);
        REQUIRE(done.status == 0);
        fs::create_directory(work());
    }

    fs::path top() const { return dir_.path() / "top"; }
    fs::path work() const { return dir_.path() / "work"; }
    fs::path prefix() const { return top().native() + HIVELINT_PREFIX; }
    fs::path libdir() const { return prefix() / HIVELINT_LIBDIR; }

    /// Runs `command` in a shell in work(); it must do well. Long enough for a busy machine.
    Finished shell(const std::string& command) const {
        auto done = run({.program = "/bin/sh",
                         .arguments = {"-c", command},
                         .environment = {{"PKG_CONFIG_PATH", (libdir() / "pkgconfig").native()},
                                         {"PKG_CONFIG_SYSROOT_DIR", top().native()},
                                         {"DESTDIR", {}},
                                         {"CFLAGS", {}},
                                         {"CXXFLAGS", {}},
                                         {"LDFLAGS", {}}},
                         .folder = work(),
                         .timeout = std::chrono::seconds(250)});
        CAPTURE(command);
        CAPTURE(done.out);
        CAPTURE(done.err);
        CHECK(done.status == 0);
        return done;
    }

    /// Runs the program made in work(), as one that is linked to the shared library of libdir().
    Finished shared(const std::string& program, std::vector<std::string> arguments) const {
        return run({.program = (work() / program).native(),
                    .arguments = std::move(arguments),
                    .environment = {{"LD_LIBRARY_PATH", libdir().native()}},
                    .folder = kRoot});
    }

    /// The same for one that needs no shared library of ours.
    Finished alone(const std::string& program, std::vector<std::string> arguments) const {
        const auto needed = shell("readelf -d " + program).out;
        CHECK(needed.find("libstdc++") != std::string::npos);
        CHECK(needed.find("libhivelint") == std::string::npos);
        return run({.program = (work() / program).native(),
                    .arguments = std::move(arguments),
                    .folder = kRoot});
    }

private:
    TempDir dir_;
};

bool can_install() {
    if (std::string_view(HIVELINT_SANITIZE) != "none") {
        say_skipped("programs that link the installed library: not under a sanitizer");
        return false;
    }
    return true;
}

bool has(const std::string& program) {
    if (run({.program = "/usr/bin/env", .arguments = {program, "--version"}}).status == 0) {
        return true;
    }
    say_skipped("a program that links the installed library: no " + program);
    return false;
}

/// Whether `text` stands in README.md as it is: what is shown there is what is tested here.
bool is_shown(const std::string& text) {
    return read_file(kRoot / "README.md").find(text) != std::string::npos;
}

constexpr const char* kScanned = "affected testdata/profiles/Users/carol.V6/NTUSER.MAN\n"
                                 "affected testdata/profiles/Users/frank/NTUSER.DAT\n";

const std::vector<std::string> kPlaces = {"testdata/profiles/Users/carol.V6",
                                          "testdata/profiles/Users/frank"};

const std::string kAlice = "testdata/profiles/Users/alice/NTUSER.DAT";

} // namespace

TEST_CASE("version: of the headers and of the library") {
    CHECK(version() == HIVELINT_VERSION);
    CHECK(fmt::format("{}.{}.{}", HIVELINT_VERSION_MAJOR, HIVELINT_VERSION_MINOR,
                      HIVELINT_VERSION_PATCH) == HIVELINT_VERSION);
    CHECK(lines_of(hivescan({"--version"}).out).front() == "hivescan " HIVELINT_VERSION);
}

TEST_CASE("pkg-config and a compiler: scan a folder") {
    if (!can_install() || !has("pkg-config")) {
        return;
    }
    const Installed installed;
    fs::copy(kRoot / "tests/consumer/scan.cpp", installed.work());
    const std::string shared =
        "g++ -std=c++20 -o scan scan.cpp $(pkg-config --cflags --libs hivelint)";
    const std::string with_static =
        "g++ -std=c++20 -o scan scan.cpp $(pkg-config --cflags --libs hivelint-static)";
    CHECK(is_shown(shared));
    CHECK(is_shown("hivelint-static"));

    const std::string strict = " -Wall -Wextra -Wconversion -Werror -fvisibility=hidden";
    const auto by_this_compiler = [&strict](const std::string& command) {
        return HIVELINT_CXX + command.substr(std::string_view("g++").size()) + strict;
    };
    installed.shell(by_this_compiler(shared));
    CHECK(installed.shared("scan", kPlaces).out == kScanned);
    installed.shell(by_this_compiler(with_static));
    CHECK(installed.alone("scan", kPlaces).out == kScanned);

    const auto all = installed.shell("pkg-config --static --libs hivelint").out;
    for (const auto* library : {"-lhivelint ", "-pthread ", "-lhivex ", "-lcrypto "}) {
        CAPTURE(library);
        CHECK(all.find(library) != std::string::npos);
    }
    CHECK(installed.shell("pkg-config --libs hivelint").out.find("hivex") == std::string::npos);
}

TEST_CASE("CMake: browse a hive") {
    if (!can_install() || !has("cmake")) {
        return;
    }
    for (const std::string line :
         {"find_package(hivelint 0.1 CONFIG REQUIRED)",
          "target_link_libraries(browse hivelint::hivelint)", "hivelint::hivelint_static"}) {
        CAPTURE(line);
        CHECK(is_shown(line));
        CHECK(read_file(kRoot / "tests/consumer/browse/CMakeLists.txt").find(line) !=
              std::string::npos);
    }
    const Installed installed;
    const auto cmake = [&installed](const std::string& arguments) {
        return installed.shell("CXX='" HIVELINT_CXX "' cmake " + arguments);
    };
    const auto source = (kRoot / "tests/consumer/browse").native();
    // Not CMAKE_PREFIX_PATH: where meson installs to lib64, Debian's CMake does not look there.
    cmake("-G Ninja -S '" + source + "' -B . -Dhivelint_DIR='" +
          (installed.libdir() / "cmake/hivelint").native() +
          "' -DCMAKE_CXX_FLAGS='-Wall -Wextra -Wconversion -Werror'");
    cmake("--build .");

    const std::string key = "Software\\Microsoft\\Exchange";
    const std::string truncated = "testdata/profiles/Users/grace/NTUSER.DAT";
    struct Case {
        std::vector<std::string> arguments;
        int status;
        const char* out;
        const char* err;
    };
    const std::vector<Case> cases = {
        {{kAlice, key},
         0,
         "AlwaysUseMSOAuthForAutoDiscover REG_DWORD 1\n"
         "MapiHttpDisabled REG_DWORD 1\n",
         ""},
        {{kAlice, "Software\\Nobody"}, 0, "there is no such key\n", ""},
        // An exception of the library is caught by the program.
        {{truncated, key}, 1, "", "truncated: 16384 bytes are wanted, but there are 12288\n"},
    };
    for (const auto& [arguments, status, out, err] : cases) {
        CAPTURE(out);
        for (const auto& done :
             {installed.shared("browse", arguments), installed.alone("browse_static", arguments)}) {
            CHECK(done.out == out);
            CHECK(done.err == err);
            CHECK(done.status == status);
        }
    }
}

TEST_CASE("CMake takes the versions that are compatible") {
    if (!can_install() || !has("cmake")) {
        return;
    }
    const Installed installed;
    const auto found = [&installed](const std::string& version) {
        const auto folder = (installed.libdir() / "cmake/hivelint").native();
        write_text(
            installed.work() / "version.cmake",
            "set(PACKAGE_FIND_VERSION " + version +
                ")\n"
                "string(REGEX MATCH \"^([0-9]+)\\\\.([0-9]+)\" both ${PACKAGE_FIND_VERSION})\n"
                "set(PACKAGE_FIND_VERSION_MAJOR ${CMAKE_MATCH_1})\n"
                "set(PACKAGE_FIND_VERSION_MINOR ${CMAKE_MATCH_2})\n"
                "include(\"" +
                folder +
                "/hivelintConfigVersion.cmake\")\n"
                "message(\"${PACKAGE_VERSION_COMPATIBLE} ${PACKAGE_VERSION_EXACT}\")\n");
        return installed.shell("cmake -P version.cmake 2>&1").out;
    };
    CHECK(found("0.1.0") == "TRUE TRUE\n");
    CHECK(found("0.1") == "TRUE TRUE\n");
    CHECK(found("0.0.9") == "FALSE FALSE\n");
    CHECK(found("0.1.1") == "FALSE FALSE\n");
    CHECK(found("0.2") == "FALSE FALSE\n");
    CHECK(found("1.0") == "FALSE FALSE\n");
}

TEST_CASE("a meson subproject: plan and apply a fix") {
    if (!can_install()) {
        return;
    }
    CHECK(is_shown("hivelint_dep = dependency('hivelint')"));
    CHECK(is_shown("dependency('hivelint', static: true)"));
    const TempDir dir;
    const auto source = dir.path() / "fix";
    fs::copy(kRoot / "tests/consumer/fix", source);
    fs::create_directory(source / "subprojects");
    fs::create_directory_symlink(kRoot, source / "subprojects/hivelint");
    // With a wrap, whose folder is there already: then dependency() alone finds the subproject.
    const std::string provide = "[provide]\ndependency_names = hivelint\n";
    CHECK(is_shown(provide));
    write_text(source / "subprojects/hivelint.wrap",
               "[wrap-git]\nurl = unused\nrevision = unused\n" + provide);
    const auto build = dir.path() / "build";
    const auto meson = [](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "meson");
        auto done = run(
            {.program = "/usr/bin/env",
             .arguments = arguments,
             .environment = {{"CXX", (kRoot / "tests/consumer/compiler.sh").native() +
                                         " " HIVELINT_BUILD "/lib/libhivelint.a.p " HIVELINT_CXX},
                             {"CXXFLAGS", {}},
                             {"LDFLAGS", {}}},
             .timeout = std::chrono::seconds(280)});
        CAPTURE(done.out);
        CAPTURE(done.err);
        CHECK(done.status == 0);
        return done.out;
    };
    const auto configured = meson(
        {"setup", "--wrap-mode=nodownload", "--force-fallback-for=hivelint", "--buildtype=plain",
         "-Dhivelint:static_tools=" HIVELINT_STATIC_TOOLS, "-Dunity=" HIVELINT_UNITY,
         "-Dunity_size=" HIVELINT_UNITY_SIZE, build.native(), source.native()});
    CAPTURE(configured);
    CHECK(configured.find("WARNING") == std::string::npos);
    CHECK(configured.find("Subproject hivelint finished") != std::string::npos);
    const auto compiled = meson({"compile", "-C", build.native()});
    CAPTURE(compiled);
    CHECK(compiled.find("warning") == std::string::npos);
    // The library alone: no tools, no tests.
    CHECK(!fs::exists(build / "subprojects/hivelint/tools"));
    CHECK(!fs::exists(build / "subprojects/hivelint/tests"));

    for (const auto* program : {"fix", "fix_static"}) {
        CAPTURE(program);
        const auto hive = dir.path() / (std::string(program) + ".dat");
        fs::copy(kRoot / kAlice, hive);
        const auto run_it = [&] {
            return run({.program = (build / program).native(), .arguments = {hive.native()}});
        };
        const auto fixed = run_it();
        CHECK(fixed.err == "");
        CHECK(fixed.out.starts_with(
            "set Software\\Microsoft\\Exchange : MapiHttpDisabled to REG_DWORD 0\n"));
        CHECK(fixed.status == 0);
        CHECK(hivescan({"--quiet", hive.native()}).out == "");
        CHECK(run_it().out == "nothing to do\n");
    }
    CHECK(run({.program = (build / "fix").native(),
               .arguments = {(kRoot / "testdata/profiles/Users/frank/NTUSER.DAT").native()}})
              .err.starts_with("dirty-hive: "));
}

} // namespace hivelint::test
