// Plans a fix and applies it. Built with the library as a meson subproject.
#include <hivelint/apply.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/rules.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: fix HIVE\n";
        return 64;
    }
    hivelint::FixOptions options;
    options.time = {133'500'000'000'000'000}; // 2024-01-17
    try {
        const auto* rule = hivelint::find_rule("mapi-http-disabled");
        const auto patch = hivelint::plan_fix(argv[1], *rule, options);
        std::cout << patch.key << " : " << patch.value << " becomes " << patch.number << ", "
                  << patch.ranges.size() << " ranges\n";
        hivelint::apply(patch, argv[1]);
    } catch (const hivelint::Error& error) {
        std::cout << to_string(error.code()) << ": " << error.message() << '\n';
        return 2;
    }
}
