// What tests say to the builder, and what they ask of a built hive. The layout is
// hive_layout.cpp's.
#include "tests/support/hive_builder.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace hivelint::test {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

void append_utf16(std::vector<std::byte>& out, std::u16string_view text) {
    for (const char16_t unit : text) {
        out.push_back(static_cast<std::byte>(unit & 0xFF));
        out.push_back(static_cast<std::byte>(unit >> 8));
    }
}

std::vector<std::byte> with_nul(std::u16string_view text) {
    auto data = utf16_bytes(text);
    append_utf16(data, std::u16string_view(u"\0", 1));
    return data;
}

std::vector<std::byte> little_endian(std::uint64_t number, std::size_t width) {
    std::vector<std::byte> data(width);
    store(data, 0, number, width);
    return data;
}

std::string printable(std::u16string_view text) {
    std::string out;
    for (const char16_t unit : text) {
        out += unit >= 0x20 && unit < 0x7F ? static_cast<char>(unit) : '?';
    }
    return out;
}

FileOffset present(FileOffset part, const Path& path, const char* what) {
    if (part == 0) {
        throw std::invalid_argument("test hive: '" + path.text() + "' has no " + what);
    }
    return part;
}

} // namespace

std::string Path::text() const {
    std::string out;
    for (const auto& name : names_) {
        out += out.empty() ? "" : "\\";
        out += printable(name);
    }
    return out;
}

std::u16string Path::ascii(std::string_view text) {
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x7F; })) {
        throw std::invalid_argument("test hive: a narrow path is ASCII: " + std::string(text));
    }
    return {text.begin(), text.end()};
}

std::vector<std::u16string> Path::split(std::u16string_view text) {
    std::vector<std::u16string> names;
    while (!text.empty()) {
        const auto end = text.find(u'\\');
        names.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::u16string_view::npos ? text.size() : end + 1);
    }
    return names;
}

KeySpec& KeySpec::key(const Path& path) {
    KeySpec* at = this;
    for (const auto& step : path.names()) {
        auto found = std::ranges::find(at->subkeys, step, &KeySpec::name);
        if (found == at->subkeys.end()) {
            found = at->subkeys.insert(found, KeySpec{.name = step});
        }
        at = &*found;
    }
    return *at;
}

HiveSpec& HiveSpec::with(const Path& path, std::vector<ValueSpec> values) {
    auto& to = key(path).values;
    std::ranges::move(values, std::back_inserter(to));
    return *this;
}

HiveSpec& HiveSpec::with(const Path& path, ValueSpec value) {
    key(path).values.push_back(std::move(value));
    return *this;
}

std::vector<std::byte> HiveSpec::default_descriptor() {
    return bytes_of({
        1,    0, 0x04, 0x80, // self-relative, with a DACL
        72,   0, 0,    0,    88,   0, 0,    0, 0,  0, 0, 0,
        20,   0, 0,    0,                                   // owner, group, no SACL, DACL
        2,    0, 52,   0,    2,    0, 0,    0,              // the DACL: two entries
        0,    2, 20,   0,    0x3F, 0, 0x0F, 0,              // allow, inherited, all access
        1,    1, 0,    0,    0,    0, 0,    5, 18, 0, 0, 0, // S-1-5-18
        0,    2, 24,   0,    0x3F, 0, 0x0F, 0,              //
        1,    2, 0,    0,    0,    0, 0,    5, 32, 0, 0, 0,
        0x20, 2, 0,    0, // S-1-5-32-544
        1,    2, 0,    0,    0,    0, 0,    5, 32, 0, 0, 0,
        0x20, 2, 0,    0,                                   // the owner
        1,    1, 0,    0,    0,    0, 0,    5, 18, 0, 0, 0, // the group
    });
}

const KeyPlace& BuiltHive::place(const Path& path) const {
    const KeyPlace* at = &keys_.front();
    for (const auto& name : path.names()) {
        const auto found = std::ranges::find_if(
            at->subkeys, [&](std::size_t index) { return keys_[index].name == name; });
        if (found == at->subkeys.end()) {
            throw std::invalid_argument("test hive: no key '" + path.text() + "'");
        }
        at = &keys_[*found];
    }
    return *at;
}

const ValuePlace& BuiltHive::place(const Path& path, std::u16string_view name) const {
    const auto& values = place(path).values;
    const auto found = std::ranges::find(values, name, &ValuePlace::name);
    if (found == values.end()) {
        throw std::invalid_argument("test hive: '" + path.text() + "' has no value '" +
                                    printable(name) + "'");
    }
    return *found;
}

FileOffset BuiltHive::key_cell(const Path& path) const { return place(path).cell; }

FileOffset BuiltHive::class_cell(const Path& path) const {
    return present(place(path).class_name, path, "class name");
}

FileOffset BuiltHive::list_cell(const Path& path) const {
    return present(place(path).list, path, "subkey list");
}

std::vector<FileOffset> BuiltHive::leaf_cells(const Path& path) const {
    present(place(path).list, path, "subkey list");
    return place(path).leaves;
}

FileOffset BuiltHive::element(const Path& path) const {
    return present(place(path).element, path, "parent");
}

FileOffset BuiltHive::value_list_cell(const Path& path) const {
    return present(place(path).value_list, path, "value list");
}

FileOffset BuiltHive::value_cell(const Path& path, std::u16string_view name) const {
    return place(path, name).cell;
}

FileOffset BuiltHive::data_cell(const Path& path, std::u16string_view name) const {
    return present(place(path, name).data, path, "data cell for this value");
}

FileOffset BuiltHive::segment_list_cell(const Path& path, std::u16string_view name) const {
    return present(place(path, name).segment_list, path, "segments for this value");
}

std::vector<FileOffset> BuiltHive::segment_cells(const Path& path, std::u16string_view name) const {
    present(place(path, name).segment_list, path, "segments for this value");
    return place(path, name).segments;
}

std::string BuiltHive::text(FileOffset at, std::size_t count) const {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += static_cast<char>(get8(at + i));
    }
    return out;
}

std::string BuiltHive::hex(FileOffset at, std::size_t count) const {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += kDigits[get8(at + i) >> 4];
        out += kDigits[get8(at + i) & 15];
    }
    return out;
}

void BuiltHive::truncate(std::size_t size) {
    if (size > bytes.size()) {
        throw std::invalid_argument("test hive: truncate() cannot grow a file");
    }
    bytes.resize(size);
}

void BuiltHive::append(std::span<const std::byte> tail) {
    bytes.insert(bytes.end(), tail.begin(), tail.end());
}

ValueSpec raw(std::u16string name, std::uint32_t type, std::vector<std::byte> data) {
    return {.name = std::move(name), .type = type, .data = std::move(data)};
}

ValueSpec dword(std::u16string name, std::uint32_t number) {
    return raw(std::move(name), 4, little_endian(number, 4));
}

ValueSpec qword(std::u16string name, std::uint64_t number) {
    return raw(std::move(name), 11, little_endian(number, 8));
}

ValueSpec sz(std::u16string name, std::u16string_view text) {
    return raw(std::move(name), 1, with_nul(text));
}

ValueSpec expand_sz(std::u16string name, std::u16string_view text) {
    return raw(std::move(name), 2, with_nul(text));
}

ValueSpec multi_sz(std::u16string name, const std::vector<std::u16string>& texts) {
    std::vector<std::byte> data;
    for (const auto& text : texts) {
        append_utf16(data, text);
        append_utf16(data, std::u16string_view(u"\0", 1));
    }
    append_utf16(data, std::u16string_view(u"\0", 1));
    return raw(std::move(name), 7, std::move(data));
}

ValueSpec binary(std::u16string name, std::vector<std::byte> data) {
    return raw(std::move(name), 3, std::move(data));
}

std::vector<std::byte> bytes_of(std::initializer_list<unsigned> numbers) {
    std::vector<std::byte> out;
    std::ranges::transform(numbers, std::back_inserter(out),
                           [](unsigned number) { return static_cast<std::byte>(number); });
    return out;
}

std::vector<std::byte> pattern(std::size_t count) {
    std::vector<std::byte> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<std::byte>((i ^ i >> 8 ^ i >> 16) & 0xFF);
    }
    return out;
}

std::vector<std::byte> utf16_bytes(std::u16string_view text) {
    std::vector<std::byte> out;
    append_utf16(out, text);
    return out;
}

} // namespace hivelint::test
