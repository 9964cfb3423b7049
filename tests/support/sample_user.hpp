// What a user's hive believably holds, by Windows version and person: the background of the sample
// profiles. Names, servers and numbers are invented; times are constants.
#pragma once

#include "tests/support/hive_builder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hivelint::test {

/// What a Windows and an Outlook version write differently.
struct Era {
    std::uint32_t minor;
    std::u16string root_name;
    std::u16string profiles; ///< the folder that holds the profiles
    std::u16string local;    ///< local settings, below a profile
    std::u16string roaming;  ///< roaming settings, below a profile
    std::u16string documents;
    std::u16string office; ///< the version in Office's key names
};

extern const Era kWindows10;
extern const Era kWindows7;
extern const Era kWindowsXp;

struct Person {
    std::u16string folder;  ///< of the profile
    std::u16string mailbox; ///< empty: has no Outlook and no servers
    std::uint64_t created;
    std::uint64_t used; ///< when the settings below were last changed
    std::u16string hive = u"ntuser.dat";
};

/// Adds values to a key, and with them the time at which it was last written.
void add_key(HiveSpec& spec, const Path& path, std::uint64_t time, std::vector<ValueSpec> values);

/// A user's hive without a key `Software\Microsoft\Exchange`: that is for the cases to add.
HiveSpec user_hive(const Era& era, const Person& person);

} // namespace hivelint::test
