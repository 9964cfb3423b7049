// Work beside other work.
#pragma once

#include <future>
#include <system_error>
#include <utility>

namespace hivelint {

/// Begins `work` on another thread; where the system has none left, it is done when its result is
/// asked for. What it throws comes out there. What `work` refers to must outlive the future, which
/// waits for the thread when it goes.
template<typename Work>
auto in_background(Work work) {
    try {
        return std::async(std::launch::async, work);
    } catch (const std::system_error&) {
        return std::async(std::launch::deferred, work);
    }
}

} // namespace hivelint
