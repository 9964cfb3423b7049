// Tests of the means to test tools: a program that hangs, dies or is told something must show it.
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

using namespace hivelint::test;
using namespace std::chrono_literals;

namespace {

Command shell(const std::string& script) {
    return {.program = "/bin/sh", .arguments = {"-c", script}};
}

} // namespace

TEST_CASE("process: outputs and exit status") {
    const auto done = run(shell("printf 'a\\0b'; printf c >&2; exit 7"));
    CHECK(done.started);
    CHECK(done.status == 7);
    CHECK(done.signal == 0);
    CHECK(done.out == std::string("a\0b", 3));
    CHECK(done.err == "c");
    CHECK(done.peak_memory > 0);
}

TEST_CASE("process: input, environment, folder") {
    auto command = shell("cat; echo \"$HIVELINT_X-${HOME-unset}\"; pwd; test -t 0 || echo none");
    command.input = std::string(300'000, 'x');
    command.environment = {{"HIVELINT_X", "y"}, {"HOME", std::nullopt}};
    command.folder = "/";
    CHECK(run(command).out == command.input + "y-unset\n/\nnone\n");
}

TEST_CASE("process: input that is not wanted") {
    auto command = shell("exec true");
    command.input = std::string(300'000, 'x');
    CHECK(run(command).status == 0);
}

TEST_CASE("process: signals and time") {
    const auto died = run(shell("kill -ABRT $$"));
    CHECK(died.status == -1);
    CHECK(died.signal == SIGABRT);
    CHECK_FALSE(died.timed_out);
    for (const std::string script : {"sleep 100", "sleep 100 & exec >&- 2>&-; wait"}) {
        auto command = shell(script);
        command.timeout = 1s;
        const auto slow = run(command);
        CHECK(slow.timed_out);
        CHECK(slow.status == -1);
    }
}

TEST_CASE("process: what cannot be started") {
    CHECK_FALSE(run({.program = "/nonexistent"}).started);
    CHECK_FALSE(run({.program = "/bin/true", .folder = "/nonexistent"}).started);
}

TEST_CASE("process: kinds of standard output") {
    auto command = shell("test -t 1 && stty size <&1; printf 'a\\nb\\n'");
    command.out = Stdout::terminal;
    command.columns = 77;
    CHECK(run(command).out == "25 77\na\nb\n");
    command = shell("while :; do echo x; done");
    command.out = Stdout::closed_pipe;
    CHECK(run(command).signal == SIGPIPE);
    command.out = Stdout::one_page;
    const auto left = run(command);
    CHECK(left.signal == SIGPIPE);
    CHECK(left.out.starts_with("x\n"));
    command = shell("echo x");
    command.out = Stdout::full;
    CHECK(run(command).status != 0);
    command.out = Stdout::none;
    CHECK(run(command).status != 0);
}
