// The background of the sample profiles.
#include "tests/support/sample_user.hpp"

#include <string_view>
#include <utility>

namespace hivelint::test {

const Era kWindows10{
    .minor = 5,
    .root_name = u"ROOT",
    .profiles = u"C:\\Users",
    .local = u"AppData\\Local",
    .roaming = u"AppData\\Roaming",
    .documents = u"Documents",
    .office = u"16.0",
};

const Era kWindows7{
    .minor = 5,
    .root_name = u"CMI-CreateHive{6A1C4018-979D-4291-A7DC-7AED1C75B67C}",
    .profiles = u"C:\\Users",
    .local = u"AppData\\Local",
    .roaming = u"AppData\\Roaming",
    .documents = u"Documents",
    .office = u"15.0",
};

const Era kWindowsXp{
    .minor = 3,
    .root_name = u"$$$PROTO.HIV",
    .profiles = u"C:\\Documents and Settings",
    .local = u"Local Settings",
    .roaming = u"Application Data",
    .documents = u"My Documents",
    .office = u"14.0",
};

namespace {

constexpr std::uint64_t kAMinute = 60 * std::uint64_t{10'000'000};

/// Keys on the way to others got no time of their own: they are as old as the profile.
void fill_in_times(KeySpec& key, std::uint64_t created) {
    if (key.last_written == kDefaultTime) {
        key.last_written = created;
    }
    for (auto& subkey : key.subkeys) {
        fill_in_times(subkey, created);
    }
}

std::u16string join(std::u16string_view a, std::u16string_view b) {
    return std::u16string(a) + u'\\' + std::u16string(b);
}

/// Colours, keyboard and the like: much the same for everybody.
void add_desktop(HiveSpec& spec, const Person& person) {
    for (const auto& [event, label] :
         {std::pair{u".Default", u"Default Beep"}, std::pair{u"MailBeep", u"New Mail Notification"},
          std::pair{u"SystemHand", u"Critical Stop"}}) {
        add_key(spec, join(u"AppEvents\\EventLabels", event), person.created, {sz(u"", label)});
    }
    add_key(spec, "Console", person.created,
            {dword(u"ColorTable00", 0), dword(u"ColorTable07", 0x00C0C0C0),
             dword(u"CursorSize", 25), dword(u"FontSize", 0), dword(u"QuickEdit", 1),
             dword(u"ScreenBufferSize", 0x012C0050), dword(u"WindowSize", 0x00190050)});
    add_key(spec, "Control Panel\\Colors", person.created,
            {sz(u"ActiveTitle", u"10 36 106"), sz(u"Background", u"58 110 165"),
             sz(u"Hilight", u"49 106 197"), sz(u"Window", u"255 255 255"),
             sz(u"WindowText", u"0 0 0")});
    add_key(
        spec, "Control Panel\\Desktop", person.used,
        {sz(u"CursorBlinkRate", u"530"), sz(u"DragFullWindows", u"1"), sz(u"FontSmoothing", u"2"),
         sz(u"MenuShowDelay", u"400"), sz(u"ScreenSaveActive", u"1"),
         sz(u"ScreenSaveTimeOut", u"600"), sz(u"ScreenSaverIsSecure", u"1"),
         binary(u"UserPreferencesMask", bytes_of({0x9E, 0x1E, 0x07, 0x80, 0x12, 0x00, 0x00, 0x00})),
         sz(u"Wallpaper", u"C:\\Windows\\Web\\Wallpaper\\Contoso\\blue.jpg"),
         sz(u"WheelScrollLines", u"3")});
    add_key(spec, "Control Panel\\Desktop\\WindowMetrics", person.created,
            {sz(u"BorderWidth", u"-15"), sz(u"CaptionHeight", u"-330"),
             sz(u"IconSpacing", u"-1125"), sz(u"MinAnimate", u"1"), sz(u"ScrollWidth", u"-255")});
    add_key(spec, "Control Panel\\International", person.created,
            {sz(u"Locale", u"00000409"), sz(u"LocaleName", u"en-US"),
             sz(u"sCountry", u"United States"), sz(u"sCurrency", u"$"), sz(u"sDecimal", u"."),
             sz(u"sShortDate", u"M/d/yyyy"), sz(u"sTimeFormat", u"h:mm:ss tt")});
    add_key(spec, "Control Panel\\International\\Geo", person.created, {sz(u"Nation", u"244")});
    add_key(spec, "Control Panel\\Mouse", person.created,
            {sz(u"DoubleClickSpeed", u"500"), sz(u"MouseSensitivity", u"10"),
             sz(u"MouseSpeed", u"1"), sz(u"SwapMouseButtons", u"0")});
    add_key(spec, "EUDC\\1252", person.created, {sz(u"SystemDefaultEUDCFont", u"EUDC.TTE")});
    add_key(spec, "Keyboard Layout\\Preload", person.created,
            {sz(u"1", u"00000409"), sz(u"2", u"00000407")});
    spec.with("Keyboard Layout\\Substitutes");
}

/// What points into the profile's folder.
void add_folders(HiveSpec& spec, const Era& era, const Person& person) {
    const auto temporary = join(u"%USERPROFILE%", join(era.local, u"Temp"));
    add_key(spec, "Environment", person.created,
            {expand_sz(u"TEMP", temporary), expand_sz(u"TMP", temporary)});
    const auto explorer = std::u16string(u"Software\\Microsoft\\Windows\\CurrentVersion\\Explorer");
    add_key(spec, join(explorer, u"Advanced"), person.used,
            {dword(u"Hidden", 1), dword(u"HideFileExt", 0), dword(u"ShowSuperHidden", 0),
             dword(u"Start_ShowRun", 1), dword(u"TaskbarSizeMove", 0)});
    add_key(spec, join(explorer, u"RecentDocs"), person.used,
            {binary(u"0", utf16_bytes(std::u16string_view(u"budget.xlsx\0", 12))),
             binary(u"1", utf16_bytes(std::u16string_view(u"minutes 03.docx\0", 16))),
             binary(u"MRUListEx", bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}))});
    const auto home = join(era.profiles, person.folder);
    std::vector<ValueSpec> folders;
    std::vector<ValueSpec> user_folders;
    for (const auto& [name, below] :
         {std::pair<std::u16string, std::u16string>{u"AppData", era.roaming},
          {u"Desktop", u"Desktop"},
          {u"Favorites", u"Favorites"},
          {u"Local AppData", era.local},
          {u"Personal", era.documents}}) {
        folders.push_back(sz(name, join(home, below)));
        user_folders.push_back(expand_sz(name, join(u"%USERPROFILE%", below)));
    }
    add_key(spec, join(explorer, u"Shell Folders"), person.created, folders);
    add_key(spec, join(explorer, u"User Shell Folders"), person.created, user_folders);
    add_key(spec, "Software\\Microsoft\\Windows\\CurrentVersion\\Run", person.created,
            {sz(u"ContosoAgent", u"\"C:\\Program Files\\Contoso\\Agent\\agent.exe\" /quiet")});
}

/// What points at the company's servers.
void add_servers(HiveSpec& spec, const Person& person) {
    add_key(spec, "Network\\H", person.used,
            {dword(u"ConnectionType", 1), dword(u"DeferFlags", 4),
             sz(u"ProviderName", u"Microsoft Windows Network"), dword(u"ProviderType", 0x20000),
             sz(u"RemotePath", join(u"\\\\files.contoso.example\\home$", person.folder)),
             sz(u"UserName", u"")});
    add_key(spec, "Printers\\Connections\\,,print.contoso.example,Office-2", person.used,
            {dword(u"LocalConnection", 1), sz(u"Provider", u"win32spl.dll"),
             sz(u"Server", u"\\\\print.contoso.example")});
    add_key(spec, "Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings", person.used,
            {dword(u"EnableNegotiate", 1), dword(u"ProxyEnable", 1),
             sz(u"ProxyOverride", u"*.contoso.example;<local>"),
             sz(u"ProxyServer", u"proxy.contoso.example:8080"), dword(u"SecureProtocols", 0xA80)});
}

/// Outlook with one account, set up on the day the profile was made.
void add_outlook(HiveSpec& spec, const Era& era, const Person& person) {
    const auto office = join(u"Software\\Microsoft\\Office", era.office);
    const auto outlook = join(office, u"Outlook");
    const auto account =
        join(outlook, u"Profiles\\Outlook\\9375CFF0413111d3B88A00104B2A6676\\00000002");
    add_key(spec, join(office, u"Common\\General"), person.created,
            {dword(u"ShownFirstRunOptin", 1), sz(u"Templates", u"Templates")});
    if (era.office != u"14.0") { // Outlook 2010 knows no modern authentication
        add_key(spec, join(office, u"Common\\Identity"), person.used, {dword(u"EnableADAL", 1)});
    }
    add_key(spec, join(office, u"Common\\MailSettings"), person.created,
            {binary(u"ComposeFontSimple", pattern(60)), sz(u"NewTheme", u"")});
    add_key(spec, outlook, person.used,
            {sz(u"DefaultProfile", u"Outlook"), dword(u"FirstRunDialog", 0)});
    spec.with(join(outlook, u"AutoDiscover"));
    add_key(spec, join(outlook, u"Preferences"), person.used,
            {dword(u"NewmailDesktopAlerts", 1), dword(u"PlaySound", 0), dword(u"SaveSent", 1)});
    add_key(spec, account, person.created,
            {sz(u"Account Name", person.mailbox), sz(u"Email", person.mailbox),
             dword(u"MAPI provider", 4), binary(u"Service UID", pattern(16)),
             sz(u"clsid", u"{ED475414-B0D6-11D2-8C3B-00104B2A6676}")});
    add_key(spec, join(outlook, u"Search"), person.used,
            {qword(u"LastIndexed", person.used), multi_sz(u"Scopes", {u"Inbox", u"Sent Items"})});
}

} // namespace

void add_key(HiveSpec& spec, const Path& path, std::uint64_t time, std::vector<ValueSpec> values) {
    spec.with(path, std::move(values));
    spec.key(path).last_written = time;
}

HiveSpec user_hive(const Era& era, const Person& person) {
    HiveSpec spec{.minor = era.minor,
                  .primary_sequence = 57,
                  .secondary_sequence = 57,
                  .last_written = person.used + kAMinute};
    spec.root.name = era.root_name;
    spec.file_name = join(u"\\??\\" + era.profiles, join(person.folder, person.hive));
    add_desktop(spec, person);
    add_folders(spec, era, person);
    if (!person.mailbox.empty()) {
        add_servers(spec, person);
        add_outlook(spec, era, person);
    }
    fill_in_times(spec.root, person.created);
    return spec;
}

} // namespace hivelint::test
