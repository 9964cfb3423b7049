// Scans folders: the program that README.md shows.
//! [scan]
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <iostream>

int main(int argc, char** argv) {
    hivelint::ScanOptions options;
    options.rules = {hivelint::find_rule("mapi-http-disabled")};
    const auto targets = hivelint::discover({argv + 1, argv + argc});
    hivelint::scan(targets, options, [](const hivelint::Record& record) {
        for (const hivelint::CheckResult& check : record.checks) {
            std::cout << to_string(check.finding.verdict) << ' ' << record.path.native() << '\n';
        }
    });
}
//! [scan]
