// Process on Windows: pipes alone, and nobody to run as.
#include "tests/support/process.hpp"

#include "platform/path_text.hpp"

#include <algorithm>
#include <array>
#include <cwctype>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <windows.h>

namespace hivelint::test {
namespace {

class Handle {
public:
    Handle() = default;
    explicit Handle(HANDLE handle) : handle_(handle) {}
    Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Handle() { close(); }
    HANDLE get() const { return handle_; }
    void close() {
        if (handle_ != nullptr) {
            ::CloseHandle(std::exchange(handle_, nullptr));
        }
    }

private:
    HANDLE handle_ = nullptr;
};

struct Pipe {
    Handle reader;
    Handle writer;
};

/// The program inherits the end that is its own.
Pipe make_pipe(bool program_reads) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, nullptr, TRUE};
    HANDLE reader = nullptr;
    HANDLE writer = nullptr;
    if (!::CreatePipe(&reader, &writer, &inherited, 0)) {
        throw std::runtime_error("no pipe");
    }
    ::SetHandleInformation(program_reads ? writer : reader, HANDLE_FLAG_INHERIT, 0);
    return {Handle(reader), Handle(writer)};
}

void read_all(const Handle& from, std::string& into) {
    std::array<char, 65536> chunk = {};
    DWORD got = 0;
    while (::ReadFile(from.get(), chunk.data(), chunk.size(), &got, nullptr) && got > 0) {
        into.append(chunk.data(), got);
    }
}

void write_all(Handle to, std::string_view text) {
    DWORD written = 0;
    while (!text.empty() &&
           ::WriteFile(to.get(), text.data(), static_cast<DWORD>(text.size()), &written, nullptr)) {
        text.remove_prefix(written);
    }
}

/// As CommandLineToArgvW() takes apart.
std::wstring quoted(const std::wstring& word) {
    std::wstring out = L"\"";
    std::size_t slashes = 0;
    for (const wchar_t c : word) {
        slashes = c == L'\\' ? slashes + 1 : 0;
        if (c == L'"') {
            out.append(out.size() - out.find_last_not_of(L'\\') - 1, L'\\');
            out += L'\\';
        }
        out += c;
    }
    return out.append(slashes, L'\\') + L'"';
}

std::wstring upper(std::wstring text) {
    std::ranges::transform(text, text.begin(), [](wchar_t c) { return std::towupper(c); });
    return text;
}

std::wstring environment_of(const Command& command) {
    std::wstring out;
    wchar_t* const ours = ::GetEnvironmentStringsW();
    for (const wchar_t* entry = ours; *entry != L'\0'; entry += std::wcslen(entry) + 1) {
        const std::wstring text = entry;
        const auto changed = std::ranges::any_of(command.environment, [&](const auto& change) {
            return upper(path_of(change.first).native() + L'=') ==
                   upper(text.substr(0, text.find(L'=', 1) + 1));
        });
        if (!changed) {
            out += text + L'\0';
        }
    }
    ::FreeEnvironmentStringsW(ours);
    for (const auto& [name, value] : command.environment) {
        if (value) {
            out += path_of(name + '=' + *value).native() + L'\0';
        }
    }
    return out + L'\0';
}

} // namespace

Finished run(const Command& command) {
    Finished result;
    if (command.as_nobody || (command.out != Stdout::pipe && command.out != Stdout::closed_pipe)) {
        return result; // not started
    }
    auto in = make_pipe(true);
    auto out = make_pipe(false);
    auto err = make_pipe(false);
    std::wstring line = quoted(path_of(command.program).native());
    for (const auto& argument : command.arguments) {
        line += L' ' + quoted(path_of(argument).native());
    }
    auto environment = environment_of(command);
    STARTUPINFOW start = {};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = in.reader.get();
    start.hStdOutput = out.writer.get();
    start.hStdError = err.writer.get();
    PROCESS_INFORMATION process = {};
    if (command.out == Stdout::closed_pipe) {
        out.reader.close();
    }
    if (!::CreateProcessW(path_of(command.program).c_str(), line.data(), nullptr, nullptr, TRUE,
                          CREATE_UNICODE_ENVIRONMENT, environment.data(),
                          command.folder.empty() ? nullptr : command.folder.c_str(), &start,
                          &process)) {
        return result;
    }
    const Handle child(process.hProcess);
    const Handle thread(process.hThread);
    result.started = true;
    in.reader.close();
    out.writer.close();
    err.writer.close();
    {
        const std::jthread feed([&, writer = std::move(in.writer)]() mutable {
            write_all(std::move(writer), command.input);
        });
        const std::jthread errors([&] { read_all(err.reader, result.err); });
        const std::jthread outputs([&] { read_all(out.reader, result.out); });
        const auto patience =
            std::chrono::duration_cast<std::chrono::milliseconds>(command.timeout).count();
        if (::WaitForSingleObject(child.get(), static_cast<DWORD>(patience)) != WAIT_OBJECT_0) {
            result.timed_out = true;
            ::TerminateProcess(child.get(), 1);
        }
    }
    DWORD status = 0;
    if (!result.timed_out && ::GetExitCodeProcess(child.get(), &status)) {
        result.status = static_cast<int>(status);
    }
    return result;
}

} // namespace hivelint::test
