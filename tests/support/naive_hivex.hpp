// NaiveHivex: libhivex as a caller uses it who knows nothing of its traps (design/HIVEX.md). Where
// a test's statement about it is no longer true, hivex has mended the trap.
#pragma once

#include <hivelint/hive.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <hivex.h>
#include <initializer_list>
#include <memory>

namespace hivelint::test {

class NaiveHivex {
public:
    explicit NaiveHivex(const std::filesystem::path& file) {
        errno = 0;
        handle_.reset(::hivex_open(file.c_str(), 0));
    }

    bool is_open() const { return handle_ != nullptr; }
    hive_h* get() const { return handle_.get(); }
    hive_node_h root() const { return ::hivex_root(get()); }

    /// 0 is 'no such key', and every failure.
    hive_node_h key(std::initializer_list<const char*> path) const {
        hive_node_h node = root();
        for (const auto* name : path) {
            errno = 0;
            node = node == 0 ? 0 : ::hivex_node_get_child(get(), node, name);
        }
        return node;
    }
    /// 0 is 'no such value', and every failure.
    hive_value_h value(hive_node_h node, const char* name) const {
        errno = 0;
        return ::hivex_node_get_value(get(), node, name);
    }
    /// Bytes that hivex gives of the value's data; 0 when it fails, too.
    std::size_t bytes_given(hive_value_h value) const {
        hive_type type = hive_t_REG_NONE;
        std::size_t length = 0;
        errno = 0;
        char* const data = ::hivex_value_value(get(), value, &type, &length);
        std::free(data); // NOLINT: malloc's
        return data == nullptr ? 0 : length;
    }

private:
    struct Closer {
        void operator()(hive_h* handle) const { ::hivex_close(handle); }
    };
    std::unique_ptr<hive_h, Closer> handle_;
};

} // namespace hivelint::test
