#include "platform/process.hpp"

#include "native.hpp"
#include "platform/path_text.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>

namespace hivelint {
namespace {

Handle standard(DWORD which) { return reinterpret_cast<Handle>(::GetStdHandle(which)); }

File opened(const std::filesystem::path& path, DWORD access, DWORD share, DWORD disposition,
            std::string_view what) {
    const HANDLE handle = ::CreateFileW(long_path(path).c_str(), access, share, nullptr,
                                        disposition, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (handle == INVALID_HANDLE_VALUE) {
        throw last_error(what);
    }
    return File(reinterpret_cast<Handle>(handle));
}

/// A console takes UTF-16, whatever its code page.
bool write_to_console(HANDLE console, std::string_view text) {
    constexpr std::size_t kMost = 8192; // an old limit of consoles
    const auto units = wide(text);
    for (std::wstring_view rest = units; !rest.empty();) {
        DWORD written = 0;
        if (!::WriteConsoleW(console, rest.data(), static_cast<DWORD>(std::min(rest.size(), kMost)),
                             &written, nullptr) ||
            written == 0) {
            return false;
        }
        rest.remove_prefix(written);
    }
    return true;
}

} // namespace

namespace {

std::atomic<bool> was_interrupted = false;

BOOL WINAPI note_interrupt(DWORD /*event*/) {
    return was_interrupted.exchange(true) ? FALSE : TRUE;
}

} // namespace

void catch_interrupts() { static_cast<void>(::SetConsoleCtrlHandler(note_interrupt, TRUE)); }
bool interrupted() { return was_interrupted; }
int interrupted_status() { return 130; }

void begin_tool() { static_cast<void>(::_setmode(::_fileno(stdout), _O_BINARY)); }

std::string host_name() {
    std::wstring name(256, L'\0');
    auto size = static_cast<DWORD>(name.size());
    if (!::GetComputerNameExW(ComputerNameDnsHostname, name.data(), &size)) {
        return {};
    }
    name.resize(size);
    return text_of(std::filesystem::path(name));
}

std::filesystem::path program_path() { return {}; } // no helper programs yet

std::vector<std::string> arguments_of(int argc, char** argv) {
    int count = 0;
    wchar_t** const words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
    if (words == nullptr) {
        return {argv + std::min(argc, 1), argv + argc};
    }
    std::vector<std::string> all;
    for (int i = 1; i < count; ++i) {
        all.push_back(narrow(words[i]));
    }
    ::LocalFree(words);
    return all;
}

Handle standard_input() { return standard(STD_INPUT_HANDLE); }
Handle standard_output() { return standard(STD_OUTPUT_HANDLE); }
Handle standard_error() { return standard(STD_ERROR_HANDLE); }

File open_input(const std::filesystem::path& path, std::string_view what) {
    return opened(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                  OPEN_EXISTING, what);
}

File open_output(const std::filesystem::path& path, std::string_view what) {
    return opened(path, GENERIC_WRITE, FILE_SHARE_READ, CREATE_ALWAYS, what);
}

std::size_t read_next(Handle input, std::span<char> out, std::string_view what) {
    DWORD got = 0;
    if (!::ReadFile(native(input), out.data(), static_cast<DWORD>(out.size()), &got, nullptr)) {
        if (const DWORD error = ::GetLastError();
            error != ERROR_BROKEN_PIPE && error != ERROR_HANDLE_EOF) {
            throw windows_error(error, what);
        }
        return 0;
    }
    return got;
}

std::errc write_next(Handle output, std::string_view text) {
    constexpr std::size_t kMost = std::size_t{1} << 20;
    DWORD mode = 0;
    if (::GetConsoleMode(native(output), &mode)) {
        return write_to_console(native(output), text) ? std::errc() : std::errc::io_error;
    }
    while (!text.empty()) {
        DWORD written = 0;
        if (!::WriteFile(native(output), text.data(),
                         static_cast<DWORD>(std::min(text.size(), kMost)), &written, nullptr)) {
            return errc_of(::GetLastError());
        }
        text.remove_prefix(written);
    }
    return {};
}

void print_error(std::string_view text) {
    static_cast<void>(write_next(standard(STD_ERROR_HANDLE), text));
}

std::size_t columns_of(Handle output) {
    CONSOLE_SCREEN_BUFFER_INFO info = {};
    return ::GetConsoleScreenBufferInfo(native(output), &info)
               ? static_cast<std::size_t>(info.srWindow.Right - info.srWindow.Left + 1)
               : 0;
}

} // namespace hivelint
