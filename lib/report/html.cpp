// HTML: one page for people, that needs nothing from elsewhere. A policy in it forbids everything
// but its own style and its own script, by their hashes; what hives hold is text in it, and JSON in
// attributes.
#include "data_text.hpp"
#include "json_parts.hpp"
#include "page_parts.hpp"
#include "platform/path_text.hpp"
#include "rows.hpp"
#include "source/hashes.hpp"
#include "text/hex.hpp"
#include "text/words.hpp"
#include "time_text.hpp"
#include "writers.hpp"
#include "xml_text.hpp"

#include <hivelint/version.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <utility>

namespace hivelint {
namespace {

/// Of SHA-256, as policies have it.
std::string base64_hash(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    auto bytes = from_hex(sha256(MemorySource(std::as_bytes(std::span(text))))).value();
    bytes.push_back(std::byte{0}); // 33 bytes are 44 digits; the last one stands for none
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto three = std::to_integer<unsigned>(bytes[i]) << 16U |
                           std::to_integer<unsigned>(bytes[i + 1]) << 8U |
                           std::to_integer<unsigned>(bytes[i + 2]);
        for (unsigned shift = 24; shift > 0;) {
            shift -= 6;
            out.push_back(kDigits[three >> shift & 63U]);
        }
    }
    out.back() = '=';
    return out;
}

/// As the script has it: to lay out 10,000 rows takes a browser seconds.
constexpr std::uint64_t kShownAtOnce = 200;

/// JSON as an attribute.
std::string data_attribute(const Json& json) {
    std::string out = " data-json='";
    for (const char c : json_part(json)) {
        switch (c) {
        case '<': out += "\\u003c"; break;
        case '>': out += "\\u003e"; break;
        case '&': out += "\\u0026"; break;
        case '\'': out += "\\u0027"; break;
        default: out.push_back(c);
        }
    }
    out.push_back('\'');
    return out;
}

/// Without the column that explained() has it in.
std::string remedy_of(const Rule& rule) {
    constexpr std::size_t kIndent = 12;
    const auto text = remedy_text(rule);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        out += text.substr(at, end - at).substr(std::min(kIndent, end - at)) + '\n';
        at = end + 1;
    }
    return out;
}

std::string fact(std::string_view name, std::string_view value) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, xml_text(value));
}

/// Bars, one below the other, each with its number.
std::string chart(std::string_view title,
                  const std::vector<std::pair<std::string, std::uint64_t>>& bars) {
    constexpr int kBar = 22;
    constexpr double kWidth = 240;
    std::uint64_t most = 1;
    for (const auto& [name, count] : bars) {
        most = std::max(most, count);
    }
    std::string out = fmt::format("<figure><svg role=\"img\" aria-label=\"{0}\" width=\"420\" "
                                  "height=\"{1}\" viewBox=\"0 0 420 {1}\">\n",
                                  title, kBar * static_cast<int>(bars.size()));
    int y = 0;
    for (const auto& [name, count] : bars) {
        const double width = kWidth * static_cast<double>(count) / static_cast<double>(most);
        out += fmt::format("<text x=\"0\" y=\"{0}\">{1}</text><rect class=\"bar {1}\" x=\"100\" "
                           "y=\"{2}\" width=\"{3:.1f}\" height=\"14\"/><text x=\"{4:.1f}\" "
                           "y=\"{0}\">{5}</text>\n",
                           y + 14, name, y + 3, width, 106 + width, count);
        y += kBar;
    }
    return out + fmt::format("</svg><figcaption>{}</figcaption></figure>\n", title);
}

class HtmlReport final : public Report {
public:
    explicit HtmlReport(Sink sink) : sink_(std::move(sink)) {}

    void begin(const ReportRun& run) override;
    void add(const Record& record) override;
    void end(const ReportEnd& end) override;

private:
    struct Cells {
        std::string verdict, rule, value, time;
    };
    /// `check`: its number; the first one's row has the record.
    std::string row(const Record& record, const Cells& cells, std::size_t check, bool known);

    Sink sink_;
    std::uint64_t records_ = 0;
    std::uint64_t rows_ = 0;
    std::map<std::string, std::uint64_t> states_{};
};

void HtmlReport::begin(const ReportRun& run) {
    std::string out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>hivelint report</title>\n<style>{}</style>\n</head>\n<body>\n",
        base64_hash(kPageStyle), base64_hash(kPageScript), kPageStyle);
    out += "<section id=\"head\">\n<h1>hivelint report</h1>\n<dl>\n";
    if (run.case_id) {
        out += fact("Case", *run.case_id);
    }
    if (run.examiner) {
        out += fact("Examiner", *run.examiner);
    }
    if (run.host) {
        out += fact("Machine", *run.host);
    }
    std::string words = run.tool;
    for (const auto& argument : run.arguments) {
        words += ' ' + argument;
    }
    out += fact("Run", words) + fact("Version", version());
    if (run.start) {
        out += fact("Begun (UTC)", time_text(*run.start));
    }
    out += fmt::format("</dl>\n</section>\n<details{}>\n<summary>Rules ({})</summary>\n<dl>\n",
                       run.rules.size() > 1 ? "" : " open", run.rules.size());
    Json rules = Json::object();
    for (const auto& rule : run.rules) {
        out += fact(xml_text(rule->id), fmt::format("{}. {} ({}, {})", rule->title, rule->meaning,
                                                    to_string(rule->severity), rule->reference));
        rules[rule->id] = {{"title", rule->title},
                           {"meaning", rule->meaning},
                           {"reference", rule->reference},
                           {"remedy", remedy_of(*rule)}};
    }
    out += fmt::format("</dl>\n</details>\n<section id=\"findings\"{}>", data_attribute(rules));
    out += "\n<h2>Findings</h2>\n"
           "<noscript><p class=\"soft\">Without scripts the table neither sorts nor opens; its "
           "content is all there.</p></noscript>\n<form hidden>\n"
           "<label>Text <input name=\"text\" type=\"search\"></label>\n";
    for (const std::string_view name : {"Verdict", "Rule", "User", "State"}) {
        std::string lower(name);
        lower[0] = static_cast<char>(lower[0] + ('a' - 'A'));
        out += fmt::format("<label>{} <select name=\"{}\"><option value=\"\">all</option></select>"
                           "</label>\n",
                           name, lower);
    }
    out += "<p id=\"shown\" class=\"soft\" role=\"status\"></p>\n"
           "<button type=\"button\" id=\"more\" hidden>show all</button>\n</form>\n<div "
           "class=\"scroll\">\n"
           "<table>\n<colgroup><col class=\"verdict\"><col class=\"rule\"><col class=\"value\">"
           "<col class=\"time\"><col class=\"state\"><col class=\"user\"><col></colgroup>\n"
           "<thead><tr>";
    for (const std::string_view name :
         {"Verdict", "Rule", "Value", "Key last written (UTC)", "State", "User", "Hive"}) {
        out += fmt::format(R"(<th scope="col"><button type="button">{}</button></th>)", name);
    }
    sink_(out + "</tr></thead>\n<tbody>\n");
}

std::string HtmlReport::row(const Record& record, const Cells& cells, std::size_t check,
                            bool known) {
    const auto user = record.user ? xml_text(escaped_exactly(*record.user)) : std::string();
    const auto state = to_string(record.state);
    const auto number = rows_++;
    return fmt::format(
        "<tr class=\"{0}{1}\" data-verdict=\"{0}\" data-rule=\"{2}\" data-user=\"{3}\" "
        "data-state=\"{4}\" data-record=\"{5}\" data-check=\"{6}\" "
        "data-number=\"{7}\"{12}><td><button "
        "type=\"button\" aria-expanded=\"false\">{0}{8}</button></td><td>{2}</td><td>{9}</td>"
        "<td>{10}</td><td>{4}</td><td>{3}</td><td>{11}</td></tr>\n",
        cells.verdict,
        fmt::format("{}{}", known ? " known" : "", number >= kShownAtOnce ? " later" : ""),
        xml_text(cells.rule), user, state, records_, check, number, known ? " (known)" : "",
        xml_text(cells.value), cells.time, xml_text(escaped_exactly(text_of(record.path))),
        check == 0 ? data_attribute(record_json(record)) : std::string());
}

void HtmlReport::add(const Record& record) {
    ++states_[std::string(to_string(record.state))];
    std::string out;
    if (record.checks.empty()) {
        out += row(record, {.verdict = "unread", .rule = {}, .value = {}, .time = {}}, 0, false);
    }
    for (std::size_t i = 0; i < record.checks.size(); ++i) {
        const auto& finding = record.checks[i].finding;
        out += row(record,
                   {.verdict = std::string(to_string(finding.verdict)),
                    .rule = finding.rule->id,
                    .value = value_text(finding),
                    .time = finding.key_last_written ? time_text(*finding.key_last_written)
                                                     : std::string()},
                   i, record.checks[i].known.has_value());
    }
    ++records_;
    sink_(out);
}

void HtmlReport::end(const ReportEnd& end) {
    const auto& summary = end.summary;
    std::string out = "</tbody>\n</table>\n</div>\n</section>\n<section id=\"figures\">\n"
                      "<ul class=\"cards\">\n";
    for (const auto& [name, count] :
         {std::pair("hives", summary.hives), std::pair("affected", summary.affected),
          std::pair("nonstandard", summary.nonstandard), std::pair("unknown", summary.unknown),
          std::pair("clear", summary.clear), std::pair("known", summary.known),
          std::pair("of other kinds", summary.other_kinds), std::pair("errors", summary.errors),
          std::pair("not begun", summary.left)}) {
        if (count > 0 || std::string_view(name) == "hives" ||
            std::string_view(name) == "affected") {
            out += fmt::format("<li><b>{}</b>{}</li>\n", count, name);
        }
    }
    out += "</ul>\n<div class=\"charts\">\n";
    out += chart("Verdicts", {{"affected", summary.affected},
                              {"nonstandard", summary.nonstandard},
                              {"unknown", summary.unknown},
                              {"clear", summary.clear}});
    if (!states_.empty()) {
        out += chart("States of hives", {states_.begin(), states_.end()});
    }
    out += "</div>\n<dl>\n" +
           fact("Complete", end.complete ? "yes" : "no: the run was ended before its end");
    if (end.time) {
        out += fact("Ended (UTC)", time_text(*end.time));
    }
    out += "</dl>\n</section>\n";
    if (const auto passed = text_report(end.passed_over); !passed.empty() || !end.notes.empty()) {
        out += "<section>\n<h2>Not looked at, and notes</h2>\n<pre>" + xml_lines(passed);
        for (const auto& note : end.notes) {
            out += xml_text(note) + '\n';
        }
        out += "</pre>\n</section>\n";
    }
    sink_(out + fmt::format("<script>{}</script>\n</body>\n</html>\n", kPageScript));
}

} // namespace

std::unique_ptr<Report> make_html_report(const ReportOptions& /*options*/, Sink sink) {
    return std::make_unique<HtmlReport>(std::move(sink));
}

} // namespace hivelint
