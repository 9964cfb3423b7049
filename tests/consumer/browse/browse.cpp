// Browses a hive: lists the values of a key. Linked to the installed library by CMake.
#include <hivelint/error.hpp>
#include <hivelint/hive.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: browse HIVE KEY\n";
        return 64;
    }
    try {
        const auto hive = hivelint::Hive::open(argv[1]);
        const auto key = hive.find(hivelint::regf::parse_key_path(argv[2]));
        if (!key) {
            std::cout << "no such key\n";
            return 1;
        }
        for (const auto& value : key->values()) {
            std::cout << hivelint::regf::to_utf8(value.name()) << ": "
                      << hivelint::regf::value_type_name(value.type()) << '\n';
        }
    } catch (const hivelint::Error& error) {
        std::cout << to_string(error.code()) << ": " << error.message() << '\n';
        return 2;
    }
}
