// The floor: opens each hive and reads just the pages that the walker reads, and nothing else.
//
// usage: floor pages < LIST    prints `PATH<tab>PAGE PAGE …` for each hive
//        floor confirm < LIST  the same; one with the value has all its pages, as `whole`
//        floor read FILE JOBS  reads what such lines say
#include <hivelint/check.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/rules.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace hivelint;

namespace {

constexpr std::size_t kPage = 4096;

/// Remembers which pages are read.
class PageRecorder final : public ByteSource {
public:
    explicit PageRecorder(const ByteSource& below) : below_(below) {}
    std::uint64_t size() const override { return below_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        for (std::uint64_t at = offset; at < offset + out.size(); at += kPage) {
            pages_.insert(at / kPage);
        }
        below_.read_at(offset, out);
    }
    const std::set<std::uint64_t>& pages() const { return pages_; }

private:
    const ByteSource& below_;
    mutable std::set<std::uint64_t> pages_;
};

int print_pages(bool confirm) {
    const auto rule = rules().front();
    std::string path;
    while (std::getline(std::cin, path)) {
        const FileSource file(path);
        const PageRecorder source(file);
        const auto lookup =
            regf::Walker(source, regf::read_base_block(source))
                .find_value(regf::parse_key_path(rule->key), regf::to_utf16(rule->value));
        std::cout << path << '\t';
        if (confirm && evaluate(rule, lookup).verdict != Verdict::clear) {
            std::cout << "whole\n";
            continue;
        }
        for (const auto page : source.pages()) {
            std::cout << page << ' ';
        }
        std::cout << '\n';
    }
    return 0;
}

struct Wanted {
    std::string path;
    std::vector<off_t> pages;
    bool whole = false;
};

int read_pages(const char* list, std::size_t jobs) {
    std::vector<Wanted> all;
    std::ifstream in(list);
    std::string line;
    while (std::getline(in, line)) {
        const auto tab = line.find('\t');
        Wanted wanted = {line.substr(0, tab), {}, line.ends_with("whole")};
        std::istringstream numbers(line.substr(tab + 1));
        for (off_t page = 0; numbers >> page;) {
            wanted.pages.push_back(page);
        }
        all.push_back(std::move(wanted));
    }
    std::atomic<std::size_t> next = 0;
    std::atomic<bool> failed = false;
    const auto work = [&] {
        std::array<char, kPage> page = {};
        for (std::size_t i = next++; i < all.size(); i = next++) {
            const int file = ::open(all[i].path.c_str(), O_RDONLY | O_CLOEXEC);
            static_cast<void>(::posix_fadvise(
                file, 0, 0, all[i].whole ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM));
            if (all[i].whole) {
                std::vector<char> part(std::size_t{256} << 10);
                while (::read(file, part.data(), part.size()) > 0) {
                }
            }
            for (const off_t number : all[i].pages) {
                if (::pread(file, page.data(), page.size(), number * off_t{kPage}) <= 0) {
                    failed = true;
                }
            }
            ::close(file);
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < jobs; ++i) {
            threads.emplace_back(work);
        }
    }
    return failed ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "pages" || what == "confirm") {
        return print_pages(what == "confirm");
    }
    if (what == "read" && argc == 4) {
        return read_pages(argv[2], std::strtoul(argv[3], nullptr, 10));
    }
    std::fputs("usage: floor pages < LIST | floor confirm < LIST | floor read FILE JOBS\n", stderr);
    return 2;
}
