// What a file is by its first bytes, whatever its name.
#include "container/format.hpp"
#include "container/wire.hpp"

#include "tests/support/hive_builder.hpp"

#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

using namespace hivelint;
using namespace std::string_view_literals;

namespace {

std::optional<ContainerFormat> format_of_text(std::string text, std::size_t size = 4096) {
    text.resize(std::max(text.size(), size));
    return format_of(MemorySource(std::as_bytes(std::span(text))));
}

std::string at(std::size_t offset, std::string_view bytes) {
    return std::string(offset, '\0') + std::string(bytes);
}

/// A disk with a table of one partition.
std::string table(unsigned char status, unsigned char type, unsigned char first) {
    std::string text(512, '\0');
    text[446] = static_cast<char>(status);
    text[450] = static_cast<char>(type);
    text[454] = static_cast<char>(first);
    text[510] = '\x55';
    text[511] = '\xAA';
    return text;
}

} // namespace

TEST_CASE("format: by the first bytes") {
    const std::pair<std::string, ContainerFormat> rows[] = {
        {"PK\x03\x04", ContainerFormat::zip},
        {"PK\x05\x06", ContainerFormat::zip},
        {"7z\xBC\xAF\x27\x1C", ContainerFormat::seven_zip},
        {at(257, "ustar"), ContainerFormat::tar},
        {"\x1F\x8B\x08", ContainerFormat::compressed},
        {"BZh9", ContainerFormat::compressed},
        {std::string("EVF\x09\x0D\x0A\xFF\0\x01\x01\0"sv), ContainerFormat::ewf},
        {"conectix", ContainerFormat::vhd},
        {"vhdxfile", ContainerFormat::vhdx},
        {"KDMV", ContainerFormat::vmdk},
        {"# Disk DescriptorFile", ContainerFormat::vmdk},
        {std::string("QFI\xFB\0\0\0\x03"sv), ContainerFormat::qcow2},
        {at(64, "\x7F\x10\xDA\xBE"), ContainerFormat::vdi},
        {std::string("MSWIM\0\0\0"sv), ContainerFormat::wim},
        {at(3, "NTFS    "), ContainerFormat::raw_disk},
        {at(512, "EFI PART"), ContainerFormat::raw_disk},
        {table(0, 7, 1), ContainerFormat::raw_disk},
        {table(0x80, 7, 1), ContainerFormat::raw_disk},
    };
    for (const auto& [text, format] : rows) {
        CAPTURE(to_string(format));
        CHECK(format_of_text(text) == format);
    }
}

TEST_CASE("format: what is none") {
    for (const auto& text :
         {std::string(), std::string("regf"), std::string("PK"), at(3, "NTFS"), table(0, 0, 1),
          table(0x12, 7, 1), table(0, 7, 0), table(0, 7, 200), std::string("MSWI")}) {
        CAPTURE(text.substr(0, 8));
        CHECK(!format_of_text(text).has_value());
    }
    CHECK(!format_of_text("MZ", 2).has_value());
}

TEST_CASE("format: further parts belong to the first") {
    auto wim = std::string("MSWIM\0\0\0"sv);
    wim.resize(64);
    wim[40] = 2;
    const auto ewf = std::string("EVF\x09\x0D\x0A\xFF\0\x01\x02\0"sv);
    for (const auto& text : {wim, ewf}) {
        CHECK(!format_of_text(text).has_value());
        CHECK(is_later_part(MemorySource(std::as_bytes(std::span(text)))));
    }
    CHECK(!is_later_part(MemorySource(std::as_bytes(std::span("PK\x03\x04"sv)))));
}

TEST_CASE("format: whose names are worth a look") {
    for (const auto* name : {"a.zip", "case", "disk.001", "report.docx", "a.b.x1", "x.exe.zip",
                             "my-disk.vmdk", "s001.vmdk"}) {
        CHECK(may_be_container(name));
    }
    for (const auto* name : {"kernel32.dll", "A.EXE", "x.PNG", "setup.log", "disk-flat.vmdk",
                             "disk-s001.vmdk", "a-f002.vmdk"}) {
        CHECK(!may_be_container(name));
    }
    CHECK(is_container_name("A.E01"));
    CHECK(!is_container_name("zip"));
}

TEST_CASE("wire: what is put together comes apart again") {
    const wire::Entry entry = {.id = 7,
                               .type = wire::Type::link,
                               .path = std::string("a\0b\xFF/"sv),
                               .size = 1,
                               .inode = 2,
                               .modified = 3,
                               .changed = 4,
                               .created = 5,
                               .place = 6};
    const auto body = wire::to_body(entry);
    CHECK(wire::to_body(wire::parse_entry(body)) == body);
    CHECK(wire::parse_entry(body).path == entry.path);
    const wire::OpenRequest request = {.format = "zip",
                                       .path = "/x",
                                       .password = "p",
                                       .file_bytes = 2,
                                       .unpacked_bytes = 3,
                                       .ratio = 4};
    CHECK(wire::to_body(wire::parse_open(wire::to_body(request))) == wire::to_body(request));
    const wire::Problem problem = {.path = "p", .code = ErrorCode::encrypted, .message = "m"};
    CHECK(wire::parse_problem(wire::to_body(problem)).code == ErrorCode::encrypted);
    // A helper that an image has taken over can say anything.
    for (std::size_t size = 0; size < body.size(); ++size) {
        CHECK_THROWS_AS(wire::parse_entry(std::string_view(body).substr(0, size)), Error);
    }
    CHECK_THROWS_AS(wire::parse_header("e\xFF\xFF\xFF\xFF"), Error);
}
