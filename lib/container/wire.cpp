#include "wire.hpp"

#include "text/le.hpp"

#include <utility>

namespace hivelint::wire {

std::string to_body(std::uint64_t id, const std::vector<Edit>& edits) {
    Writer writer;
    writer.number(id);
    for (const auto& edit : edits) {
        writer.number(edit.offset);
        writer.text(edit.bytes);
    }
    return writer.take();
}

std::vector<Edit> parse_edits(std::string_view body) {
    Reader reader(body);
    std::vector<Edit> edits;
    while (!reader.rest().empty()) {
        Edit edit;
        edit.offset = reader.number();
        edit.bytes = reader.text();
        edits.push_back(std::move(edit));
    }
    return edits;
}

std::string to_body(const Map& map) {
    Writer writer;
    writer.number(map.direct ? 1 : 0, 1);
    for (const auto& extent : map.extents) {
        for (const auto number : {extent.offset, extent.place, extent.size}) {
            writer.number(number);
        }
    }
    return writer.take();
}

Map parse_map(std::string_view body) {
    Reader reader(body);
    Map map = {.direct = reader.number(1) != 0, .extents = {}};
    while (!reader.rest().empty()) {
        Extent extent;
        for (auto* number : {&extent.offset, &extent.place, &extent.size}) {
            *number = reader.number();
        }
        map.extents.push_back(extent);
    }
    return map;
}

void Writer::number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        body_.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
    }
}

void Writer::text(std::string_view text) {
    number(text.size(), 4);
    body_ += text;
}

std::string_view Reader::take(std::uint64_t count) {
    if (count > body_.size()) {
        throw Error(ErrorCode::bad_container, "the helper program's answer is cut short");
    }
    const auto taken = body_.substr(0, count);
    body_.remove_prefix(count);
    return taken;
}

std::uint64_t Reader::number(unsigned bytes) { return load_number(take(bytes)); }

std::string Reader::text() { return std::string(take(number(4))); }

std::string to_bytes(Kind kind, std::string_view body) {
    return header_of(kind, body.size()).append(body);
}

std::string header_of(Kind kind, std::size_t length) {
    Writer writer;
    writer.number(static_cast<unsigned char>(kind), 1);
    writer.number(length, 4);
    return writer.take();
}

Header parse_header(std::string_view bytes) {
    Reader reader(bytes);
    Header header;
    header.kind = static_cast<Kind>(reader.number(1));
    header.length = static_cast<std::uint32_t>(reader.number(4));
    if (header.length > kLongest) {
        throw Error(ErrorCode::bad_container, "the helper program's answer is too long");
    }
    return header;
}

std::string to_body(const OpenRequest& request) {
    Writer writer;
    for (const auto* text : {&request.format, &request.path, &request.password}) {
        writer.text(*text);
    }
    for (const auto number : {request.file_bytes, request.unpacked_bytes, request.ratio}) {
        writer.number(number);
    }
    writer.number(request.writable ? 1 : 0, 1);
    return writer.take();
}

OpenRequest parse_open(std::string_view body) {
    Reader reader(body);
    OpenRequest request;
    for (auto* text : {&request.format, &request.path, &request.password}) {
        *text = reader.text();
    }
    for (auto* number : {&request.file_bytes, &request.unpacked_bytes, &request.ratio}) {
        *number = reader.number();
    }
    request.writable = reader.number(1) != 0;
    return request;
}

std::string to_body(const Entry& entry) {
    Writer writer;
    writer.number(entry.id);
    writer.number(static_cast<std::uint8_t>(entry.type), 1);
    writer.text(entry.path);
    for (const auto number :
         {entry.size, entry.inode, entry.modified, entry.changed, entry.created, entry.place}) {
        writer.number(number);
    }
    return writer.take();
}

Entry parse_entry(std::string_view body) {
    Reader reader(body);
    Entry entry;
    entry.id = reader.number();
    const auto type = reader.number(1);
    entry.type =
        type <= static_cast<std::uint8_t>(Type::other) ? static_cast<Type>(type) : Type::other;
    entry.path = reader.text();
    for (auto* number : {&entry.size, &entry.inode, &entry.modified, &entry.changed, &entry.created,
                         &entry.place}) {
        *number = reader.number();
    }
    return entry;
}

std::string to_body(const Problem& problem) {
    Writer writer;
    writer.text(problem.path);
    writer.text(to_string(problem.code));
    writer.text(problem.message);
    return writer.take();
}

Problem parse_problem(std::string_view body) {
    Reader reader(body);
    Problem problem;
    problem.path = reader.text();
    problem.code = error_code_from_string(reader.text()).value_or(ErrorCode::bad_container);
    problem.message = reader.text();
    return problem;
}

} // namespace hivelint::wire
