#include "serve.hpp"

#include "sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace hivelint::helper {
namespace {

/// What keeps the program from answering any more: it ends.
struct Gone {};

void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            throw Gone();
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void send(wire::Kind kind, std::string_view body) { write_all(wire::to_bytes(kind, body)); }

/// Data, which is not copied for it.
void send_data(std::span<const std::byte> data) {
    auto header = wire::header_of(wire::Kind::data, data.size());
    const std::array<iovec, 2> parts = {{
        {header.data(), header.size()},
        {const_cast<std::byte*>(data.data()), data.size()}, // as C has it
    }};
    ssize_t sent = -1;
    do {
        sent = ::writev(STDOUT_FILENO, parts.data(), parts.size());
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        throw Gone();
    }
    const auto done = static_cast<std::size_t>(sent);
    write_all(std::string_view(header).substr(std::min(done, header.size())));
    const auto of_data = done - std::min(done, header.size());
    write_all({reinterpret_cast<const char*>(data.data()) + of_data, data.size() - of_data});
}

std::string receive(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t have = 0; have < count;) {
        const auto got = ::read(STDIN_FILENO, bytes.data() + have, count - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            throw Gone();
        }
        have += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// Several entries, each a message, in one write.
class Batch {
public:
    void add(wire::Kind kind, std::string_view body) {
        constexpr std::size_t kEnough = std::size_t{64} << 10;
        bytes_ += wire::to_bytes(kind, body);
        if (bytes_.size() >= kEnough) {
            flush();
        }
    }
    void flush() {
        write_all(bytes_);
        bytes_.clear();
    }

private:
    std::string bytes_;
};

/// An error of a part of it, or of all.
std::string body_of(const Error& error) {
    return wire::to_body(
        wire::Problem{.path = {}, .code = error.code(), .message = error.message()});
}

void fail(const Error& error) { send(wire::Kind::failure, body_of(error)); }

void answer_list(Backend& backend, const std::string& inside) {
    Batch batch;
    try {
        backend.list(
            inside,
            [&](const wire::Entry& entry) { batch.add(wire::Kind::entry, wire::to_body(entry)); },
            [&](const wire::Problem& problem) {
                batch.add(wire::Kind::problem, wire::to_body(problem));
            });
    } catch (const Error&) {
        batch.flush();
        throw;
    }
    batch.add(wire::Kind::end, {});
    batch.flush();
}

/// Gives data on in messages.
void send_in_parts(std::span<const std::byte> data) {
    while (!data.empty()) {
        const auto part = data.first(std::min(data.size(), wire::kChunk));
        send_data(part);
        data = data.subspan(part.size());
    }
}

void answer_fetch(Backend& backend, std::string_view body) {
    std::vector<std::uint64_t> ids;
    for (wire::Reader reader(body); !reader.rest().empty();) {
        ids.push_back(reader.number());
    }
    const Backend::Sink sink = {
        .begin =
            [](std::uint64_t id, std::uint64_t size) {
                wire::Writer writer;
                writer.number(id);
                writer.number(size);
                send(wire::Kind::file, writer.take());
            },
        .data = send_in_parts,
        .fail = [](const Error& error) { send(wire::Kind::problem, body_of(error)); },
        .end = [] { send(wire::Kind::file_end, {}); },
    };
    backend.fetch(ids, sink);
    send(wire::Kind::end, {});
}

void answer_read(Backend& backend, std::string_view body) {
    wire::Reader reader(body);
    const auto id = reader.number();
    const auto offset = reader.number();
    const auto size = reader.number(4);
    if (size > wire::kChunk) {
        throw Error(ErrorCode::invalid_argument, "more is asked for than one answer holds");
    }
    std::vector<std::byte> data(size);
    backend.read(id, offset, data);
    send_data(data);
}

void answer_write(Backend& backend, std::string_view body) {
    wire::Reader reader(body);
    const auto offset = reader.number();
    backend.write(offset, std::as_bytes(std::span(reader.rest())));
    send(wire::Kind::done, {});
}

void answer_exchange(Backend& backend, std::string_view body) {
    wire::Reader reader(body);
    const auto id = reader.number();
    const auto exchanged = backend.exchange(id, wire::parse_edits(reader.rest()), send_in_parts);
    wire::Writer writer;
    writer.number(exchanged.end);
    send(wire::Kind::file_end, writer.take() + exchanged.front);
}

void answer_open(Backend& backend, std::string_view body) {
    const auto request = wire::parse_open(body);
    backend.prepare(request);
    shut_in();
    wire::Writer writer;
    writer.number(backend.open(request), 4);
    drop_root(); // what lies beside the container is open by now
    send(wire::Kind::done, writer.take());
}

void answer(Backend& backend, wire::Kind kind, const std::string& body) {
    try {
        switch (kind) {
        case wire::Kind::open: answer_open(backend, body); return;
        case wire::Kind::list: answer_list(backend, body); return;
        case wire::Kind::fetch: answer_fetch(backend, body); return;
        case wire::Kind::stat:
            send(wire::Kind::entry, wire::to_body(backend.stat(wire::Reader(body).number())));
            return;
        case wire::Kind::read: answer_read(backend, body); return;
        case wire::Kind::map:
            send(wire::Kind::extents, wire::to_body(backend.map(wire::Reader(body).number())));
            return;
        case wire::Kind::exchange: answer_exchange(backend, body); return;
        case wire::Kind::write: answer_write(backend, body); return;
        case wire::Kind::sync:
            backend.sync();
            send(wire::Kind::done, {});
            return;
        default: throw Error(ErrorCode::invalid_argument, "no such question");
        }
    } catch (const Error& error) {
        fail(error);
    } catch (const std::bad_alloc&) {
        fail(Error(ErrorCode::limit_exceeded, "to read it takes more memory than is allowed"));
    } catch (const std::exception& error) {
        fail(Error(ErrorCode::bad_container, error.what()));
    }
}

Error no_such_way() { return {ErrorCode::invalid_argument, "it is not read in this way"}; }

} // namespace

void Backend::fetch(std::span<const std::uint64_t> /*ids*/, const Sink& /*sink*/) {
    throw no_such_way();
}
wire::Entry Backend::stat(std::uint64_t /*id*/) { throw no_such_way(); }
void Backend::read(std::uint64_t /*id*/, std::uint64_t /*offset*/, std::span<std::byte> /*out*/) {
    throw no_such_way();
}
wire::Map Backend::map(std::uint64_t /*id*/) {
    throw Error(ErrorCode::not_in_place, "what is stored in this way is not changed in place");
}
void Backend::write(std::uint64_t /*offset*/, std::span<const std::byte> /*bytes*/) {
    throw no_such_way();
}
Backend::Exchanged Backend::exchange(std::uint64_t /*id*/, const std::vector<wire::Edit>& /*edits*/,
                                     const OnData& /*data*/) {
    throw no_such_way();
}
void Backend::sync() { throw no_such_way(); }

int serve(int argc, char** argv, const std::string& libraries,
          const std::function<std::unique_ptr<Backend>()>& make) {
    const std::string_view word = argc == 2 ? argv[1] : "";
    if (word == "--version") {
        return std::puts(libraries.c_str()) < 0 ? 1 : 0;
    }
    if (word != "serve") {
        static_cast<void>(std::fputs("usage: a helper of hivescan, which starts it\n", stderr));
        return 64;
    }
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    static_cast<void>(std::setlocale(LC_CTYPE, "C.UTF-8")); // else names are not read
    limit_self();
    try {
        const auto backend = make();
        while (true) {
            const auto header = wire::parse_header(receive(wire::kHeaderSize));
            answer(*backend, header.kind, receive(header.length));
        }
    } catch (const Gone&) {  // nobody asks any more
    } catch (const Error&) { // nothing that could be understood
    }
    ::_exit(0); // a sanitizer's look for leaks needs what this process may not do any more
}

} // namespace hivelint::helper
