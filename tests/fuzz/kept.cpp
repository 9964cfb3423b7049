#include "tests/fuzz/kept.hpp"

#include "text/hex.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

namespace hivelint::fuzz {
namespace {

/// Shorter runs are written out.
constexpr std::size_t kRun = 4;

std::vector<std::byte> input_of_line(const std::string& line) {
    std::vector<std::byte> bytes;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == 'z') {
            const auto end = line.find('.', at);
            bytes.resize(bytes.size() + std::stoul(line.substr(at + 1, end - at - 1)));
            at = end + 1;
            continue;
        }
        const auto byte = from_hex(line.substr(at, 2));
        if (!byte || byte->empty()) {
            throw std::runtime_error("a line of a kept corpus is none");
        }
        bytes.push_back(byte->front());
        at += 2;
    }
    return bytes;
}

} // namespace

std::vector<Seed> kept_inputs(const std::string& target) {
    std::ifstream in(std::filesystem::path(HIVELINT_CORPUS) / (target + ".txt"));
    std::vector<Seed> seeds;
    for (std::string line; std::getline(in, line);) {
        seeds.push_back({"kept", input_of_line(line)});
    }
    return seeds;
}

std::string kept_line(std::span<const std::byte> bytes) {
    std::string line;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto rest = bytes.subspan(at);
        const auto zeros = static_cast<std::size_t>(
            std::ranges::find_if(rest, [](std::byte byte) { return byte != std::byte{0}; }) -
            rest.begin());
        if (zeros >= kRun) {
            line += fmt::format("z{}.", zeros);
            at += zeros;
        } else {
            line += hex(rest.first(1));
            ++at;
        }
    }
    return line + '\n';
}

std::string kept_lines(const std::filesystem::path& folder) {
    std::set<std::pair<std::size_t, std::string>> lines;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(in), {});
        auto line = kept_line(std::as_bytes(std::span(text)));
        lines.emplace(line.size(), std::move(line));
    }
    std::string all;
    for (const auto& line : lines) {
        all += line.second;
    }
    return all;
}

} // namespace hivelint::fuzz
