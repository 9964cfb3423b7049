// The names of hives and of their users.
#include "platform/path_text.hpp"

#include <hivelint/evidence.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using hivelint::is_log_name;
using hivelint::is_user_hive_name;
using hivelint::split_path_list;
using hivelint::user_of;

TEST_CASE("names of users' hives") {
    struct Row {
        std::string_view folder;
        std::string_view file;
        bool hive;
    };
    const Row rows[] = {
        {"alice", "NTUSER.DAT", true},
        {"alice", "ntuser.dat", true},
        {"", "NtUser.Dat", true},
        {"alice.V6", "NTUSER.MAN", true},
        {"alice", "ntuser.man", true},
        {"out", "C_alice_NTUSER.DAT", true},
        {"out", "alice-NTUSER.DAT", true},
        {"out", "plaso-NTUSER-WIN7.DAT", true},
        {"out", "C%3A%5CUsers%5Calice%5CNTUSER.DAT", true},
        {"out", "C%3A%5CUsers%5Calice%5CNTUSER%2EDAT", true},
        {"out", "C:\\Users\\alice\\NTUSER.DAT", true},
        {"alice", "NTUSER.DAT.LOG1", false},
        {"alice", "ntuser.dat.LOG", false},
        {"alice", "NTUSER.DAT{fd9a35db-49fe-11e9-aa2c-248a07783950}.TM.blf", false},
        {"alice", "ntuser.ini", false},
        {"alice", "ntuser.pol", false},
        {"alice", "NTUSER.DAT ", false},
        {"alice", "NTUSE.DAT", false},
        {"alice", "", false},
        {"", "", false},
        {"Windows", "UsrClass.dat", false},
        {"out", "C:\\Users\\ntuser\\UsrClass.dat", false},
        {"out", "C%3A%5CUsers%5Cntuser%5CUsrClass.dat", false},
        {"NTUSER.DAT", "a.txt", false},
        {"config", "DEFAULT", true},
        {"Config", "default", true},
        {"RegBack", "DEFAULT", true},
        {"out", "C%3A%5CWindows%5CSystem32%5Cconfig%5CDEFAULT", true},
        {"C%3A%5CWindows%5CSystem32%5Cconfig", "DEFAULT", true},
        {"Users", "Default", false},
        {"", "DEFAULT", false},
        {"config", "DEFAULT.LOG1", false},
        {"config", "SYSTEM", false},
        {"50%25config", "DEFAULT", false},
        {"Helium", "User.dat", true},
        {"helium", "USER.DAT", true},
        {"Helium", "UserClasses.dat", false},
        {"alice", "User.dat", false},
        {"snapshot", "_REGISTRY_USER_NTUSER_S-1-5-21-1-2-3-1003", true},
        {"snapshot", "_registry_user_ntuser_s-1-5-18", true},
        {"snapshot", "_REGISTRY_USER_.DEFAULT", true},
        {"snapshot", "_REGISTRY_USER_USRCLASS_S-1-5-21-1-2-3-1003", false},
        {"snapshot", "_REGISTRY_USER_NTUSER_S-1-", false},
        {"snapshot", "_REGISTRY_USER_NTUSER_S-1-5-21-x", false},
        {"snapshot", "_REGISTRY_USER_NTUSER_S-1-5-18.LOG", false},
        {"snapshot", "_REGISTRY_MACHINE_SYSTEM", false},
        // A dotless i is another letter, whatever the locale.
        {"alice", "ntuser.dat\xC4\xB1", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.folder);
        CAPTURE(row.file);
        CHECK(is_user_hive_name(row.file, row.folder) == row.hive);
    }
}

TEST_CASE("names of logs") {
    for (const auto* name : {"NTUSER.DAT.LOG1", "ntuser.dat.log2", "NtUser.dat.Log", ".LOG"}) {
        CAPTURE(name);
        CHECK(is_log_name(name));
    }
    for (const auto* name : {"NTUSER.DAT", "NTUSER.DAT.LOG3", "NTUSER.DAT.LOG1.bak", "LOG", ""}) {
        CAPTURE(name);
        CHECK_FALSE(is_log_name(name));
    }
}

namespace {

/// For a table: a dash is 'nobody'.
std::string user(const std::string& path, std::u16string_view embedded = u"") {
    return user_of(hivelint::path_of(path), embedded).value_or("-");
}

} // namespace

TEST_CASE("the user by the path") {
    struct Row {
        std::string path;
        std::string user;
    };
    const Row rows[] = {
        {"/mnt/Users/alice/NTUSER.DAT", "alice"},
        {"Users/alice/NTUSER.DAT", "alice"},
        {"/mnt/USERS/Alice/ntuser.dat", "Alice"},
        {"/mnt/Documents and Settings/bob/NTUSER.DAT", "bob"},
        {"/mnt/Windows/ServiceProfiles/LocalService/NTUSER.DAT", "LocalService"},
        {"/mnt/Windows.old/Users/alice/NTUSER.DAT", "alice"},
        {"/mnt/Users/Default/NTUSER.DAT", "Default"},
        {"/mnt/Users/carol.V6/NTUSER.MAN", "carol.V6"},
        {"/mnt/Users/a/AppData/Local/Packages/P/SystemAppData/Helium/User.dat", "a"},
        {"/cases/Users/eve/image/Users/alice/NTUSER.DAT", "alice"},
        {"/mnt/Users/Users/NTUSER.DAT", "Users"},
        {"/mnt/Users/alice/../bob/NTUSER.DAT", "bob"},
        {"/mnt//Users/./alice/NTUSER.DAT", "alice"},
        {"/mnt/Users/../NTUSER.DAT", "-"},
        {"../../NTUSER.DAT", "-"},
        {"C:\\Users\\alice\\NTUSER.DAT", "alice"},
        {"out/C:\\Documents and Settings\\bob\\NTUSER.DAT", "bob"},
        // the service accounts' hives under config
        {"/mnt/Windows/System32/config/systemprofile/NTUSER.DAT", "LocalSystem"},
        {"/mnt/Windows/System32/config/DEFAULT", "LocalSystem"},
        {"/mnt/Windows/System32/Config/RegBack/Default", "LocalSystem"},
        {"/cases/Users/eve/image/Windows/System32/config/DEFAULT", "LocalSystem"},
        {"/cases/Users/eve/image/config/systemprofile/NTUSER.DAT", "LocalSystem"},
        {"/mnt/config/systemprofile", "-"},
        // collectors
        {"uploads/ntfs/%5C%5C.%5CC%3A/Users/al%20ice/NTUSER.DAT", "al ice"},
        {"uploads/ntfs/%5c%5c.%5cC%3a/Users/alice/NTUSER.DAT", "alice"},
        {"C%3A%5CUsers%5Calice%5CNTUSER.DAT", "alice"},
        {"C%3A%5CWindows%5CSystem32%5Cconfig%5CDEFAULT", "LocalSystem"},
        {"%5C%5C.%5CC%3A/Users/50%25/NTUSER.DAT", "50%"},
        {"%5C%5C.%5CC%3A/Users/%zz%4/NTUSER.DAT", "%zz%4"},
        {"%5C%5C.%5CC%3A/Users/%2E%2E/NTUSER.DAT", "-"},
        {"/mnt/Users/50%25/NTUSER.DAT", "50%25"},
        {"/mnt/Users/al%20ice/NTUSER.DAT", "al%20ice"},
        {"/mnt/Users/%/NTUSER.DAT", "%"},
        // bytes stay what they are
        {"/mnt/Users/\xFF\x1B[2J\n/NTUSER.DAT", "\xFF\x1B[2J\n"},
        {"C%3A/Users/%FF%1B/NTUSER.DAT", "\xFF\x1B"},
        // nothing is said
        {"/mnt/Users/NTUSER.DAT", "-"},
        {"/mnt/MyUsers/alice/NTUSER.DAT", "-"},
        {"/out/C_alice_NTUSER.DAT", "-"},
        {"NTUSER.DAT", "-"},
        {"/", "-"},
        {"", "-"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        // On Windows no file is called by bytes that are not UTF-8.
        if (hivelint::text_of(hivelint::path_of(row.path)) == row.path) {
            CHECK(user(row.path) == row.user);
        }
    }
}

TEST_CASE("the user by the file name field") {
    struct Row {
        std::u16string_view field;
        std::string user;
    };
    const Row rows[] = {
        {u"\\??\\C:\\Users\\alice\\ntuser.dat", "alice"},
        {u"\\??\\c:\\users\\bperry\\ntuser.man", "bperry"},
        {u"??\\C:\\Users\\CCleaner\\ntuser.dat", "CCleaner"},
        {u"\\??\\C:\\Users\\Default\\NTUSER.DAT", "Default"},
        {u"\\Users\\\u00C4nne\\ntuser.dat", "\xC3\x84nne"},
        // cut at the front
        {u"nts and Settings\\joe\\ntuser.dat", "joe"},
        {u"tings\\Administrator\\NTUSER.DAT", "Administrator"},
        {u"Users\\abcdefghijklmn\\ntuser.dat", "abcdefghijklmn"},
        {u"eProfiles\\NetworkService\\ntuser.dat", "NetworkService"},
        {u"\\abcdefghijklmnopqrs\\ntuser.dat", "abcdefghijklmnopqrs"},
        {u"abcdefghijklmnopqrstu\\ntuser.dat", "-"},
        // LocalSystem
        {u"emRoot\\System32\\Config\\DEFAULT", "LocalSystem"},
        {u"\\config\\DEFAULT", "LocalSystem"},
        {u"Config\\systemprofile\\ntuser.dat", "LocalSystem"},
        {u"\\Config\\systemprofile\\ntuser.dat", "LocalSystem"},
        {u"fig\\systemprofile\\NTUSER.DAT", "LocalSystem"},
        // not a profile's own hive: the folder is not a user's name
        {u"Users\\eve\\Desktop\\1\\ntuser.dat", "-"},
        {u"sktop\\regtest\\ntuser.dat", "-"},
        {u"\\??\\C:\\evidence\\ntuser.dat", "-"},
        {u"Users\\11\\Desktop\\1\\OldDirtyHive", "-"},
        {u"\\??\\C:\\Users\\alice\\copy.hiv", "-"},
        {u"ddiskVolume5\\Profile\\NTUSER.DAT", "-"},
        {u"C:\\alice\\ntuser.dat", "-"},
        {u"emRoot\\System32\\Config\\SOFTWARE", "-"},
        {u"Users\\\\ntuser.dat", "-"},
        {u"ntuser.dat", "-"},
        {u"\\ntuser.dat", "-"},
        {u"\\", "-"},
        {u"", "-"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.field.begin(), row.field.end()));
        CHECK(user("/out/hive", row.field) == row.user);
    }
    CHECK(user("/out/hive", std::u16string_view(u"\\Users\\x\\ntuser.dat\0y\\z", 23)) == "x");
    CHECK(user("/out/hive", u"\\Users\\\xD800\\ntuser.dat") == "\xEF\xBF\xBD");
}

TEST_CASE("the user: folders, then the field, then a restore point's SID") {
    const std::string copy = "/mnt/_restore{1}/RP1/snapshot/_REGISTRY_USER_NTUSER_S-1-5-21-7-1003";
    CHECK(user("/mnt/Users/alice/NTUSER.DAT", u"\\??\\C:\\Users\\bob\\ntuser.dat") == "alice");
    CHECK(user("/out/C_x_NTUSER.DAT", u"\\??\\C:\\Users\\bob\\ntuser.dat") == "bob");
    CHECK(user(copy, u"nts and Settings\\joe\\ntuser.dat") == "joe");
    CHECK(user(copy) == "S-1-5-21-7-1003");
    CHECK(user("/mnt/snapshot/_REGISTRY_USER_.DEFAULT") == "LocalSystem");
}

TEST_CASE("names of other hives: exactly, or with what collectors put before and behind") {
    using hivelint::NamedSo;
    const std::vector<std::string> names = {"software", "usrclass.dat"};
    const std::pair<const char*, NamedSo> rows[] = {
        {"SOFTWARE", NamedSo::exactly},
        {"software", NamedSo::exactly},
        {"UsrClass.dat", NamedSo::exactly},
        {"C_SOFTWARE", NamedSo::nearly},
        {"pc1-software", NamedSo::nearly},
        {"software.copy0", NamedSo::nearly},
        {"SOFTWARE_pc1", NamedSo::nearly},
        {"software.bak", NamedSo::nearly},
        {"anna_UsrClass.dat", NamedSo::nearly},
        {"C:\\Windows\\config\\SOFTWARE", NamedSo::exactly},
        {"%5C%5C.%5CC%3A%5CSOFTWARE", NamedSo::exactly},
        {"SOFTWARE.LOG1", NamedSo::no},
        {"software.LOG", NamedSo::no},
        {"freesoftware", NamedSo::no},
        {"software2", NamedSo::no},
        {"SOFTWARE{7a}.TM.blf", NamedSo::no},
        {"system", NamedSo::no},
        {"", NamedSo::no},
        {"soft", NamedSo::no},
    };
    for (const auto& [file, expected] : rows) {
        CAPTURE(file);
        CHECK(hivelint::named_so(file, names) == expected);
        CHECK(hivelint::named_so(file, {}) == NamedSo::no);
    }
}

TEST_CASE("lists of paths") {
    using namespace std::string_view_literals;
    using Paths = std::vector<std::filesystem::path>;
    CHECK(split_path_list("").empty());
    CHECK(split_path_list("\n\n").empty());
    CHECK(split_path_list("a") == Paths{"a"});
    CHECK(split_path_list("a\n\n -b\n") == Paths{"a", " -b"});
    CHECK(split_path_list("a\nb\0c\0"sv) == Paths{"a\nb", "c"});
    CHECK(split_path_list("\0\0"sv).empty());
    CHECK(split_path_list("a\r\nb") == Paths{"a", "b"});
    CHECK(split_path_list("\xFF\xFE\xFF\xFE\x61\0"sv) == Paths{"\xEF\xBB\xBF\x61"});
    CHECK(split_path_list("a\r\0b"sv) == Paths{"a\r", "b"});
    CHECK(split_path_list("\xEF\xBB\xBF"
                          "a\r\n") == Paths{"a"});
}

TEST_CASE("lists of paths in UTF-16, which PowerShell writes") {
    using namespace std::string_view_literals;
    using Paths = std::vector<std::filesystem::path>;
    const Paths expected = {"Users/\xC3\xA9/NTUSER.DAT", "x/y.dat"};
    const std::u16string text = u"Users/\u00e9/NTUSER.DAT\r\nx/y.dat\r\n";
    for (const bool little : {true, false}) {
        for (const bool mark : {true, false}) {
            std::string list;
            for (const char16_t unit : (mark ? u"\xFEFF" : u"") + text) {
                const char low = static_cast<char>(unit & 0xFF);
                const char high = static_cast<char>(unit >> 8);
                list += little ? low : high;
                list += little ? high : low;
            }
            CHECK(split_path_list(list) == expected);
            CHECK_THROWS_AS(split_path_list(list + "x"), hivelint::Error);
        }
    }
    CHECK_THROWS_AS(split_path_list("\xFF\xFE\x00\xD8x\0"sv), hivelint::Error); // half a pair
    CHECK(split_path_list("\xFF\xFE"sv).empty());
    // One whose paths end in NUL, some of them short.
    CHECK(split_path_list("/a\0/b\0/evidence/c\0/evidence/d\0"sv) ==
          Paths{"/a", "/b", "/evidence/c", "/evidence/d"});
}
