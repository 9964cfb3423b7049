// hivefix over many hives: several in flight, signals, reports that cannot be written, and a killed
// run that is resumed.
#include "tests/support/fix_scene.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/run_record.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace hivelint;
using namespace hivelint::test;

namespace {

/// Many hives that are the same to the last byte, as copies of a default profile are.
struct Many {
    explicit Many(int count) : count_(count) {
        const auto bytes = hive_to_fix().bytes;
        for (int i = 0; i < count; ++i) {
            write_file(hive(i), bytes);
        }
        old_ = read_file(hive(0));
    }
    fs::path hive(int i) const { return image() / fmt::format("user{:04}", i) / "NTUSER.DAT"; }
    fs::path image() const { return dir.path() / "image"; }
    fs::path record() const { return dir.path() / "record"; }
    std::vector<std::string> arguments() const {
        return {"--undo-record", record().native(), image().native()};
    }
    std::size_t changed() const {
        std::size_t sum = 0;
        for (int i = 0; i < count_; ++i) {
            sum += read_file(hive(i)) != old_ ? 1 : 0;
        }
        return sum;
    }

    TempDir dir;

private:
    int count_;
    std::string old_;
};

std::size_t rows_of(const std::string& out, const std::string& result) {
    std::size_t sum = 0;
    for (const auto& line : lines_of(out)) {
        sum += line.starts_with(result + ' ') ? 1 : 0;
    }
    return sum;
}

/// The command line for a shell.
std::string quoted(const std::vector<std::string>& arguments) {
    std::string all = HIVELINT_HIVEFIX;
    for (const auto& argument : arguments) {
        all += " '" + argument + "'";
    }
    return all;
}

/// Starts it, sends it the signal when its first rows are there, and gives what it printed, with
/// its exit status on the last line.
std::string signalled(const Many& many, const std::string& signal) {
    const auto out = (many.dir.path() / "out").native();
    const auto script = fmt::format("{} >{} 2>&1 & pid=$!; "
                                    "while [ ! -s {} ] && kill -0 $pid 2>/dev/null; do :; done; "
                                    "kill -{} $pid; wait $pid; echo status $? >>{}",
                                    quoted(many.arguments()), out, out, signal, out);
    run({.program = "/bin/sh", .arguments = {"-c", script}});
    return read_file(out);
}

} // namespace

TEST_CASE("runs: in the order of the hives, however many are in flight") {
    const Many many(60);
    std::string rows;
    for (const std::string jobs : {"1", "2", "7", "100"}) {
        CAPTURE(jobs);
        const auto run = run_hivefix({"--jobs", jobs, "--dry-run", many.image().native()});
        CHECK(run.status == 1);
        std::string now;
        for (const auto& line : lines_of(run.out)) {
            // How many bytes differ depends on the time.
            now += line.starts_with("would-fix ") ? line.substr(line.rfind(' ')) + '\n' : "";
        }
        CHECK((rows.empty() || rows == now));
        rows = now;
        CHECK(rows_of(run.out, "would-fix") == 60);
    }
    CHECK(run_hivefix(many.arguments()).status == 0);
    CHECK(many.changed() == 60);
    CHECK(SavedRun(many.record()).size() == 60);
    const auto undo = run_hivefix({"undo", many.record().native()});
    CHECK(undo.status == 0);
    CHECK(rows_of(undo.out, "undone") == 60);
    CHECK(many.changed() == 0);
}

TEST_CASE("runs: a signal ends them with the summary of what was done, and all is in the record") {
    for (const std::string signal : {"INT", "TERM", "HUP"}) {
        CAPTURE(signal);
        const Many many(800);
        const auto out = signalled(many, signal);
        const auto changed = many.changed();
        CAPTURE(last_line(out));
        CHECK(changed > 0);
        CHECK(rows_of(out, "fixed") == changed);
        if (changed == 800) { // it was through before the signal came
            continue;
        }
        CHECK(last_line(out) == "status 2");
        CHECK(out.find(fmt::format("{} hives: {} fixed", changed, changed)) != std::string::npos);
        CHECK(out.find("; interrupted, the others were left") != std::string::npos);
        CHECK(out.find("undo record: ") != std::string::npos);
        CHECK(SavedRun(many.record()).size() == changed);
        CHECK(SavedRun(many.record()).sealed());
        CHECK(run_hivefix({"undo", "--quiet", many.record().native()}).out == "");
        CHECK(many.changed() == 0);
    }
}

TEST_CASE("runs: no hive more is changed when the report cannot be written") {
    const Many many(40);
    for (const std::string format : {"text", "jsonl"}) {
        for (const auto out : {Stdout::full, Stdout::closed_pipe}) {
            CAPTURE(format);
            auto arguments = many.arguments();
            arguments.insert(arguments.end(), {"--jobs", "1", "--format", format});
            const auto run = run_hivefix(arguments, {.program = "", .out = out});
            CHECK(run.status == 2);
            CHECK(many.changed() == 1);
            CHECK(run_hivefix({"undo", many.record().native()}).status == 0);
            CHECK(many.changed() == 0);
            fs::remove(many.record());
        }
    }
}

TEST_CASE("runs: a killed one is resumed by running it again") {
    const Many many(400);
    const auto killed = signalled(many, "KILL");
    const auto before = many.changed();
    auto arguments = many.arguments();
    arguments.insert(arguments.begin(), {"fix", "--recover"});
    const auto again = run_hivefix(arguments);
    CHECK_MESSAGE(again.status == 0, again.out << again.err);
    CHECK(many.changed() == 400);
    CHECK(rows_of(again.out, "fixed") + before >= 400);
    CHECK(SavedRun(many.record()).sealed());
    const auto undo = run_hivefix({"undo", many.record().native()});
    CHECK_MESSAGE(undo.status == 0, undo.out);
    CHECK(many.changed() == 0);
}

TEST_CASE("runs: what is thrown about one hive, or refused, does not end the others") {
    const Many many(12);
    fs::permissions(many.hive(3), fs::perms(0444));
    put_text(many.hive(5), "regf");
    fs::remove(many.hive(7));
    fs::create_directory(many.hive(7));
    const auto run = run_hivefix(many.arguments());
    CHECK(run.status == 2);
    CHECK(rows_of(run.out, "fixed") == 9);
    CHECK(rows_of(run.out, "refused") == 2);
    // They are told again at the end.
    const auto tail = run.out.substr(run.out.find("\nrefused:\n"));
    CHECK(tail.find("user0003") != std::string::npos);
    CHECK(tail.find("user0005") != std::string::npos);
    CHECK(last_line(run.out) ==
          "1 folder called like a hive, looked through: " + many.hive(7).native());
}

TEST_CASE("runs: a limit on the size of files is one hive's error") {
    const Many many(4);
    // The journal and the record fit in 8 KiB, the hive of 16 KiB is not made longer.
    const auto run_of = run({.program = "/bin/sh",
                             .arguments = {"-c", "ulimit -f 1; exec " + quoted(many.arguments())}});
    CHECK(run_of.signal == 0);
    CHECK(run_of.status == 2);
    CHECK(run_of.out.find("File too large") != std::string::npos);
    CHECK(run_hivefix({"fix", "--recover", many.image().native(), "--undo-record",
                       (many.dir.path() / "again").native()})
              .status == 0);
    CHECK(many.changed() == 4);
}
