// The sample profiles: what makes each one a case.
#include "tests/support/samples.hpp"

#include "tests/support/log_builder.hpp"
#include "tests/support/sample_user.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace hivelint::test {

namespace {

constexpr const char* kExchange = "Software\\Microsoft\\Exchange";
constexpr const char16_t* kMapiHttpDisabled = u"MapiHttpDisabled";

Sample sample(std::string path, const BuiltHive& hive) {
    return {std::string(kSampleFolder) + '/' + std::move(path), hive.bytes};
}

Sample alice() {
    const auto set = file_time(2022, 3, 8, 14, 27, 51);
    auto spec = user_hive(kWindows10, {.folder = u"alice",
                                       .mailbox = u"alice@contoso.example",
                                       .created = file_time(2019, 9, 2, 7, 58, 13),
                                       .used = file_time(2023, 11, 16, 16, 4, 40)});
    add_key(spec, kExchange, set,
            {dword(u"AlwaysUseMSOAuthForAutoDiscover", 1), dword(kMapiHttpDisabled, 1)});
    return sample("Users/alice/NTUSER.DAT", spec.build());
}

/// The key is there, the value is not.
Sample bob() {
    const auto set = file_time(2018, 5, 14, 9, 31, 2);
    auto spec = user_hive(kWindows7, {.folder = u"bob",
                                      .mailbox = u"bob@contoso.example",
                                      .created = file_time(2013, 10, 21, 8, 12, 30),
                                      .used = file_time(2018, 6, 29, 15, 45, 9)});
    add_key(spec, kExchange, set, {dword(u"AlwaysUseMSOAuthForAutoDiscover", 1)});
    return sample("Users/bob/NTUSER.DAT", spec.build());
}

/// The template for new users, in which somebody wrote the good number.
Sample new_users() {
    const auto made = file_time(2021, 6, 5, 12, 4, 22);
    auto spec = user_hive(kWindows10,
                          {.folder = u"Default", .mailbox = u"", .created = made, .used = made});
    add_key(spec, kExchange, file_time(2021, 8, 30, 10, 15, 0), {dword(kMapiHttpDisabled, 0)});
    return sample("Users/Default/NTUSER.DAT", spec.build());
}

/// A mandatory profile: every user of a classroom gets it.
Sample carol() {
    const auto set = file_time(2020, 2, 11, 13, 0, 37);
    auto spec = user_hive(kWindows10, {.folder = u"carol.V6",
                                       .mailbox = u"carol@school.example",
                                       .created = file_time(2020, 1, 7, 9, 20, 0),
                                       .used = set,
                                       .hive = u"ntuser.man"});
    add_key(spec, kExchange, set, {dword(kMapiHttpDisabled, 1)});
    return sample("Users/carol.V6/NTUSER.MAN", spec.build());
}

Sample dave() {
    const auto set = file_time(2014, 4, 1, 6, 48, 19);
    auto spec = user_hive(kWindowsXp, {.folder = u"dave",
                                       .mailbox = u"dave@contoso.example",
                                       .created = file_time(2013, 2, 4, 10, 2, 55),
                                       .used = file_time(2014, 4, 7, 17, 31, 8)});
    add_key(spec, kExchange, set, {dword(kMapiHttpDisabled, 1)});
    return sample("Documents and Settings/dave/NTUSER.DAT", spec.build());
}

/// A script wrote the number as text.
Sample erin() {
    const auto set = file_time(2017, 12, 13, 11, 9, 44);
    auto spec = user_hive(kWindows10, {.folder = u"erin",
                                       .mailbox = u"erin@contoso.example",
                                       .created = file_time(2017, 3, 20, 8, 33, 1),
                                       .used = file_time(2018, 1, 9, 18, 22, 16)});
    add_key(spec, kExchange, set, {sz(kMapiHttpDisabled, u"1")});
    return sample("Users/erin/NTUSER.DAT", spec.build());
}

/// Taken from a running machine, without its logs.
Sample frank() {
    const auto set = file_time(2024, 1, 17, 9, 55, 30);
    auto spec = user_hive(kWindows10, {.folder = u"frank",
                                       .mailbox = u"frank@contoso.example",
                                       .created = file_time(2022, 10, 10, 7, 40, 27),
                                       .used = file_time(2024, 2, 5, 12, 18, 3)});
    spec.primary_sequence = 58;
    add_key(spec, kExchange, set, {dword(kMapiHttpDisabled, 1)});
    return sample("Users/frank/NTUSER.DAT", spec.build());
}

/// The copy stopped: the bin with the Exchange key and all behind it are missing. That it ends with
/// a whole bin is what hivex does not notice.
Sample grace() {
    const auto set = file_time(2023, 7, 26, 14, 12, 58);
    auto spec = user_hive(kWindows10, {.folder = u"grace",
                                       .mailbox = u"grace@contoso.example",
                                       .created = file_time(2021, 11, 29, 9, 5, 36),
                                       .used = file_time(2023, 9, 1, 8, 50, 21)});
    add_key(spec, kExchange, set, {dword(kMapiHttpDisabled, 1)});
    auto hive = spec.build();
    hive.truncate(hive.key_cell(kExchange) / kPage * kPage);
    return sample("Users/grace/NTUSER.DAT", hive);
}

/// Taken from a running machine together with its logs, of which the second is the earlier one. As
/// stored, the value is 0. The logs first make it text, then the documented condition; what else
/// they change is of no interest.
std::vector<Sample> heidi() {
    const auto used = file_time(2024, 3, 11, 8, 2, 46);
    const auto state = [&](std::u16string_view wheel, std::u16string_view trails, ValueSpec value,
                           std::uint64_t set) {
        auto spec = user_hive(kWindows10, {.folder = u"heidi",
                                           .mailbox = u"heidi@contoso.example",
                                           .created = file_time(2023, 5, 22, 6, 30, 18),
                                           .used = used});
        spec.primary_sequence = 58;
        add_key(spec, "Control Panel\\Accessibility\\MouseKeys", used,
                {sz(u"Flags", wheel), sz(u"MaximumSpeed", trails)});
        add_key(spec, kExchange, set, {std::move(value)});
        return spec.build();
    };
    const auto first_set = file_time(2024, 3, 11, 9, 10, 5);
    const BuiltHive states[] = {
        state(u"62", u"80", dword(kMapiHttpDisabled, 0), file_time(2024, 2, 19, 15, 41, 33)),
        state(u"59", u"80", dword(kMapiHttpDisabled, 0), file_time(2024, 2, 19, 15, 41, 33)),
        state(u"59", u"80", sz(kMapiHttpDisabled, u"1"), first_set),
        state(u"59", u"40", sz(kMapiHttpDisabled, u"1"), first_set),
        state(u"59", u"40", dword(kMapiHttpDisabled, 1), file_time(2024, 3, 11, 9, 14, 52)),
    };
    const auto log = [&](std::string name, std::uint32_t first, std::size_t before) {
        return Sample{
            std::string(kSampleFolder) + "/Users/heidi/" + std::move(name),
            new_log(states[0], {entry_between(first, states[before], states[before + 1]),
                                entry_between(first + 1, states[before + 1], states[before + 2])})
                .bytes};
    };
    return {sample("Users/heidi/NTUSER.DAT", states[0]), log("ntuser.dat.LOG1", 60, 2),
            log("ntuser.dat.LOG2", 58, 0)};
}

/// LocalSystem's hive: nobody reads mail with it, so there is no Exchange key.
Sample local_system() {
    Era era = kWindows10;
    era.root_name = u"CMI-CreateHive{0D5F7C5D-6F5A-4F33-BB0B-2C9D2F2AE0C1}";
    era.profiles = u"C:\\Windows\\system32\\config";
    auto spec = user_hive(era, {.folder = u"systemprofile",
                                .mailbox = u"",
                                .created = file_time(2016, 7, 16, 11, 47, 20),
                                .used = file_time(2021, 1, 12, 3, 14, 59)});
    spec.file_name = u"\\SystemRoot\\System32\\Config\\DEFAULT";
    return sample("Windows/System32/config/DEFAULT", spec.build());
}

} // namespace

std::vector<Sample> samples() {
    std::vector<Sample> all = {alice(), bob(),   carol(),        dave(),     erin(),
                               frank(), grace(), local_system(), new_users()};
    std::ranges::move(heidi(), std::back_inserter(all));
    return all;
}

} // namespace hivelint::test
