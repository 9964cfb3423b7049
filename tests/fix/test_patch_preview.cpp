// The words and hexdumps in which a patch is shown.
#include "tests/support/planned.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hivelint::test;
using hivelint::Action;
using hivelint::preview;

TEST_CASE("preview: a value that is set") {
    CHECK(preview(plan(affected_hive())) ==
          R"(set Software\Microsoft\Exchange : MapiHttpDisabled to REG_DWORD 0
[HKEY_CURRENT_USER\Software\Microsoft\Exchange] "MapiHttpDisabled"=dword:00000000
00000004  - 07
          + 08
00000008  - 07
          + 08
0000000c  - 00 07 08 77 f9 41 ce
          + 07 18 6e b3 0b 6b da
000001fc  - ae 33 85 10
          + 5b 06 f7 d4
00001014  - 00 07 08 77 f9 41 ce
          + 07 18 6e b3 0b 6b da
00001218  - 00 07 08 77 f9 41 ce
          + 07 18 6e b3 0b 6b da
0000127c  - 01
          + 00
)"
          "28 bytes in 7 ranges; "
          "SHA-256 dfd2824b980f56ca82a63a96b4ffb34cd442f88851e7c2e4062e2fe717d5c8c9 "
          "becomes a1c6e2a9b8e259d0302aa9a9143aa9a10b4a2f92b84f7d55af5b34121122b8e8\n");
}

TEST_CASE("preview: a value that is deleted") {
    CHECK(preview(plan(affected_hive(), Action::delete_value)) ==
          R"(delete Software\Microsoft\Exchange : MapiHttpDisabled
[HKEY_CURRENT_USER\Software\Microsoft\Exchange] "MapiHttpDisabled"=-
00000004  - 07
          + 08
00000008  - 07
          + 08
0000000c  - 00 07 08 77 f9 41 ce
          + 07 18 6e b3 0b 6b da
000001fc  - ae 33 85 10
          + 5b 06 f7 d4
00001014  - 00 07 08 77 f9 41 ce
          + 07 18 6e b3 0b 6b da
00001218  - 00 07 08 77 f9 41 ce
          + 07 18 6e b3 0b 6b da
00001238  - 01
          + 00
0000123c  - 68 02 00 00
          + ff ff ff ff
00001268  - f8 ff ff ff
          + 98 0d 00 00
00001270  - d8 ff ff ff
          + 90 0d 00 00
)"
          "40 bytes in 10 ranges; "
          "SHA-256 dfd2824b980f56ca82a63a96b4ffb34cd442f88851e7c2e4062e2fe717d5c8c9 "
          "becomes f2ed9800c53a96b6db966b51c6be29a1da508dcc2086f86c7ec156c5ef4ac406\n");
}

TEST_CASE("preview: nothing to do") {
    CHECK(preview(plan(HiveSpec{}.build())) == "nothing to do\n");
}

TEST_CASE("preview: a patch that takes a change back does not say that it makes it") {
    const auto patch = plan(affected_hive());
    const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
    CHECK(first_line(preview(hivelint::reversed(patch))) != first_line(preview(patch)));
}

TEST_CASE("preview: the root key is the one under which Windows has the hive loaded") {
    struct Row {
        const char* path;
        const char* root;
    };
    for (const auto& [path, root] : {
             Row{"image/Users/anna/NTUSER.DAT", "HKEY_CURRENT_USER"},
             {"image/Windows/System32/config/DEFAULT", "HKEY_USERS\\.DEFAULT"},
             {"image/Windows/ServiceProfiles/LocalService/NTUSER.DAT", "HKEY_USERS\\S-1-5-19"},
             {"image/Windows/ServiceProfiles/NetworkService/NTUSER.DAT", "HKEY_USERS\\S-1-5-20"},
         }) {
        CAPTURE(path);
        auto patch = plan(affected_hive());
        patch.path = path;
        CHECK(preview(patch).find("\n[" + std::string(root) + "\\Software\\") != std::string::npos);
    }
}

TEST_CASE("preview: what a patch quotes cannot steer a terminal") {
    auto patch = plan(affected_hive());
    patch.fixes[0].key = "Software\x1B]0;x\x07";
    patch.fixes[0].value = "\xE2\x80\xAE\n";
    const auto text = preview(patch);
    CHECK(text.find('\x1B') == std::string::npos);
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("the time of a fix is now, unless another one is said") {
    const hivelint::FixOptions options;
    const auto now = hivelint::regf::FileTime::now();
    CHECK(options.time <= now);
    CHECK(now.ticks - options.time.ticks < 600'000'000); // a minute
}
