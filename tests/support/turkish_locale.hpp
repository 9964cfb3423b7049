// The locale in which `I` and `i` are not one letter, for all of the process.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdlib>
#include <locale>
#include <stdexcept>
#include <strings.h>

namespace hivelint::test {

/// Makes tr_TR.UTF-8 in a folder of its own and puts it in force while it lives.
class TurkishLocale {
public:
    TurkishLocale() {
        run({.program = "/usr/bin/env",
             .arguments = {"localedef", "-i", "tr_TR", "-f", "UTF-8",
                           (dir_.path() / "tr_TR.UTF-8").native()}});
        ::setenv("LOCPATH", dir_.path().c_str(), 1);
        try {
            before_ = std::locale::global(std::locale("tr_TR.UTF-8"));
            in_force_ = ::strcasecmp("MICROSOFT", "Microsoft") != 0;
        } catch (const std::runtime_error&) {
            in_force_ = false; // localedef or its sources are missing
        }
    }
    ~TurkishLocale() {
        std::locale::global(before_);
        ::unsetenv("LOCPATH");
    }
    TurkishLocale(const TurkishLocale&) = delete;
    TurkishLocale& operator=(const TurkishLocale&) = delete;

    bool in_force() const { return in_force_; }
    /// What a test says that needs it when it is not.
    static constexpr const char* kSkipped = "Turkish locale: localedef cannot make tr_TR.UTF-8";

private:
    TempDir dir_;
    std::locale before_;
    bool in_force_ = false;
};

} // namespace hivelint::test
