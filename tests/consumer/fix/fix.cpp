// A fix of one hive: shown, then made. Built with the library as a meson subproject.
//! [fix]
#include <hivelint/apply.hpp>
#include <hivelint/rules.hpp>

#include <iostream>

using namespace hivelint;

int main(int argc, char** argv) {
    try {
        if (argc != 2) {
            throw Error(ErrorCode::invalid_argument, "a hive is wanted");
        }
        FixOptions options;
        options.time = regf::FileTime::now();
        const Patch patch = plan_fix(argv[1], rules(), options);
        std::cout << preview(patch);
        apply(patch, argv[1]); // apply(reversed(patch), argv[1]) would take it back
    } catch (const Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.message() << '\n';
        return 1;
    }
}
//! [fix]
