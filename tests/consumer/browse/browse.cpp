// What one key of a hive holds. Linked to the installed library by CMake.
//! [browse]
#include <hivelint/hive.hpp>

#include <iostream>

using namespace hivelint;

int main(int argc, char** argv) {
    try {
        if (argc != 3) {
            throw Error(ErrorCode::invalid_argument, "a hive and a key are wanted");
        }
        const auto hive = Hive::open(argv[1]);
        const auto key = hive.find(regf::parse_key_path(argv[2]));
        if (!key) {
            std::cout << "there is no such key\n";
            return 0;
        }
        for (const Key& subkey : key->subkeys()) {
            std::cout << regf::escaped(subkey.name()) << " (a key)\n";
        }
        for (const Value& value : key->values()) {
            std::cout << regf::escaped(value.name()) << ' ' << regf::value_type_name(value.type());
            if (value.type() == regf::kRegDword) {
                std::cout << ' ' << value.dword();
            }
            std::cout << '\n';
        }
    } catch (const Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.message() << '\n';
        return 1;
    }
}
//! [browse]
