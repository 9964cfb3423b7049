// The HTML report in a real browser: it sorts, filters, opens and prints, asks for nothing, and
// what a hostile hive holds is text in it.
#include "tests/support/hive_files.hpp"
#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace hivelint::test {
namespace {

/// Chromium behind chromedriver (W3C WebDriver), spoken to with curl.
class Browser {
public:
    Browser() {
        const auto script = fmt::format(
            "setsid chromedriver --port=0 >'{0}/log' 2>&1 </dev/null & echo $! >'{0}/pid'",
            dir_.path().native());
        run({.program = "/bin/bash", .arguments = {"-c", script}});
        constexpr std::string_view kSays = "successfully on port ";
        for (int i = 0; i < 300 && url_.empty(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            const auto log = read_file(dir_.path() / "log");
            if (const auto at = log.find(kSays); at != std::string::npos) {
                url_ = fmt::format("http://127.0.0.1:{}/session",
                                   std::stoi(log.substr(at + kSays.size())));
            }
        }
        REQUIRE(!url_.empty());
        const Json wanted = {
            {"capabilities",
             {{"alwaysMatch",
               {{"goog:loggingPrefs", {{"browser", "ALL"}, {"performance", "ALL"}}},
                {"goog:chromeOptions",
                 {{"args",
                   {"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--user-data-dir=" + (dir_.path() / "profile").native()}}}}}}}}};
        url_ += '/' + post("", wanted).at("sessionId").get<std::string>();
    }
    ~Browser() {
        run({.program = "/usr/bin/curl", .arguments = {"-s", "-X", "DELETE", url_}});
        run({.program = "/bin/bash",
             .arguments = {"-c", "kill $(cat \"$1\")", "bash", dir_.path() / "pid"}});
    }
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;

    void open(const fs::path& page) { post("/url", {{"url", "file://" + page.native()}}); }
    /// What the body of a function returns.
    Json execute(const std::string& body) {
        return post("/execute/sync", {{"script", body}, {"args", Json::array()}});
    }
    /// A PDF, in base64.
    std::string print() { return post("/print", Json::object()).get<std::string>(); }
    Json log(const char* kind) { return post("/se/log", {{"type", kind}}); }

private:
    Json post(const std::string& path, const Json& body) {
        write_text(dir_.path() / "body", body.dump());
        const auto done = run({.program = "/usr/bin/curl",
                               .arguments = {"-s", "-H", "Content-Type: application/json", "-d",
                                             "@" + (dir_.path() / "body").native(), url_ + path}});
        const auto value = Json::parse(done.out).at("value");
        CAPTURE(value.dump());
        REQUIRE(!(value.is_object() && value.contains("error")));
        return value;
    }

    TempDir dir_;
    std::string url_;
};

bool can_browse() {
    for (const auto* program : {"/usr/bin/chromedriver", "/usr/bin/curl", "/bin/bash"}) {
        if (!fs::exists(program)) {
            MESSAGE("SKIPPED: " << program << " is not installed");
            return false;
        }
    }
    return true;
}

/// The users of the rows that are shown, in their order.
constexpr const char* kUsers = "return Array.from(document.querySelectorAll('#findings tbody "
                               "tr:not(.detail):not([hidden]):not(.later)'))"
                               ".map(row => row.cells[5].textContent).join(' ');";

} // namespace

TEST_CASE("browser: the page sorts, filters, opens and prints") {
    if (!can_browse()) {
        return;
    }
    const TempDir dir;
    const auto page = dir.path() / "report.html";
    hivescan(
        {HIVELINT_TESTDATA, "--history", "--hash", "sha256", "--output", "html=" + page.native()});
    Browser browser;
    browser.open(page);
    // What matters stands first.
    CHECK(browser.execute(kUsers) ==
          "dave alice carol.V6 frank heidi erin grace Default bob LocalSystem");
    const auto click_header = [&](int column) {
        browser.execute(
            fmt::format("document.querySelectorAll('#findings th button')[{}].click();", column));
    };
    click_header(5);
    CHECK(browser.execute(kUsers) ==
          "alice bob carol.V6 dave Default erin frank grace heidi LocalSystem");
    click_header(5);
    CHECK(browser.execute(kUsers) ==
          "LocalSystem heidi grace frank erin Default dave carol.V6 bob alice");
    CHECK(browser.execute("return document.querySelectorAll('th')[5].getAttribute('aria-sort')") ==
          "descending");
    const auto filter = [&](const char* name, const char* value) {
        browser.execute(fmt::format("const field = document.forms[0].elements['{}'];"
                                    "field.value = '{}';"
                                    "field.dispatchEvent(new Event('input', {{bubbles: true}}));",
                                    name, value));
        return browser.execute(kUsers);
    };
    CHECK(filter("verdict", "affected") == "heidi frank dave carol.V6 alice");
    CHECK(filter("state", "recovered") == "heidi");
    CHECK(browser.execute("return document.getElementById('shown').textContent") ==
          "1 of 10 shown");
    // Opened from the keyboard, since it is a button.
    const auto opened =
        browser.execute("const button = document.querySelector('tbody tr:not([hidden]) button');"
                        "button.click();"
                        "return [button.getAttribute('aria-expanded'),"
                        " document.querySelector('tr.detail').textContent];");
    CHECK(opened.at(0) == "true");
    const auto detail = opened.at(1).get<std::string>();
    for (const auto* part :
         {"Software\\Microsoft\\Exchange", "MapiHttpDisabled", "REG_DWORD, 4 bytes",
          "0000  01 00 00 00", "as stored: clear", "entry 59 of", "entry 61 of", "SHA256",
          "hivefix --check mapi-http-disabled", "KB 2937684", "walker"}) {
        CAPTURE(part);
        CHECK(detail.find(part) != std::string::npos);
    }
    CHECK(filter("state", "") == "heidi frank dave carol.V6 alice");
    CHECK(filter("verdict", "") ==
          "LocalSystem heidi grace frank erin Default dave carol.V6 bob alice");
    CHECK(filter("text", "CAROL") == "carol.V6");
    CHECK(filter("text", "history") == "");        // what is only in the details is not searched
    CHECK(browser.print().starts_with("JVBERi0")); // %PDF-
    CHECK(browser.log("browser") == Json::array());
    for (const auto& entry : browser.log("performance")) { // no request but for the page itself
        const auto message = Json::parse(entry.at("message").get<std::string>()).at("message");
        const bool request = message.at("method") == "Network.requestWillBeSent";
        // The tab's own first page asks for things, too.
        if (request &&
            message.at("params").at("documentURL").get<std::string>().starts_with("file://")) {
            CAPTURE(message.dump().substr(0, 400));
            CHECK(message.at("params").at("request").at("url").get<std::string>().starts_with(
                "file://"));
        }
    }
}

TEST_CASE("browser: hostile names are text, and no code") {
    if (!can_browse()) {
        return;
    }
    const TempDir dir;
    const std::vector<std::string> names = {"<img src=x onerror=document.title='owned'>",
                                            "</script><script>document.title='owned'",
                                            "\" onclick=\"x",
                                            "&lt;b&gt;",
                                            "a\nb\x1B[31m",
                                            "\xFF\xFE",
                                            "\xE2\x80\xAE"
                                            "gpj"};
    for (const auto& name : names) {
        write_file(dir.path() / "Users" / name / "NTUSER.DAT",
                   HiveSpec{}
                       .with("Software\\Microsoft\\Exchange", sz(u"MapiHttpDisabled", u"<b>1</b>"))
                       .build()
                       .bytes);
    }
    const auto page = dir.path() / "report.html";
    hivescan({dir.path() / "Users", "--case", "<script>document.title='owned'</script>", "--output",
              "html=" + page.native()});
    Browser browser;
    browser.open(page);
    browser.execute("document.querySelectorAll('tbody button').forEach(button => button.click());");
    CHECK(browser.execute("return document.title") == "hivelint report");
    CHECK(browser.execute("return document.querySelectorAll('tr.detail').length") == names.size());
    CHECK(browser.execute("return document.querySelectorAll('img, b:not(.cards b)').length") == 0);
    CHECK(browser.execute("return document.querySelectorAll('script:not([type])').length") == 1);
    CHECK(browser.log("browser") == Json::array());
}

TEST_CASE("browser: 10,000 hives open, and a filter answers at once") {
    if (!can_browse()) {
        return;
    }
    const TempDir dir;
    const auto bytes = HiveSpec{}
                           .with("Software\\Microsoft\\Exchange", dword(u"MapiHttpDisabled", 1))
                           .build()
                           .bytes;
    for (int i = 0; i < 100; ++i) {
        write_file(dir.path() / "Users" / fmt::format("user{:05}", i) / "NTUSER.DAT", bytes);
    }
    const auto page = dir.path() / "report.html";
    hivescan({dir.path() / "Users", "--output", "html=" + page.native()});
    // Rows of further hives, as the report has them.
    auto text = read_file(page);
    const auto first = text.find("<tr class=\"affected\"");
    const auto end = text.find("</tbody>");
    const auto rows = text.substr(first, end - first);
    std::string more;
    for (int i = 1; i < 100; ++i) {
        more += rows;
    }
    for (auto at = more.find("class=\"affected\""); at != std::string::npos;
         at = more.find("class=\"affected\"", at + 1)) { // behind the first 200
        more.insert(at + 15, at > rows.size() ? " later" : "");
    }
    text.insert(end, more);
    write_text(page, text);
    Browser browser;
    browser.open(page);
    CHECK(browser.execute("return document.getElementById('shown').textContent") ==
          "10000 of 10000, the first 200 shown ");
    const auto took =
        browser.execute("const field = document.forms[0].elements.text;"
                        "field.value = 'user00042'; const start = performance.now();"
                        "field.dispatchEvent(new Event('input', {bubbles: true}));"
                        "const height = document.body.offsetHeight;" // the layout is part of it
                        "return [performance.now() - start,"
                        " performance.getEntriesByType('navigation')[0].domComplete];");
    MESSAGE("a filter of 10,000 rows: " << took.at(0) << " ms; the page was open after "
                                        << took.at(1) << " ms");
    CHECK(browser.execute("return document.getElementById('shown').textContent") ==
          "100 of 10000 shown");
}

} // namespace hivelint::test
