// conf/inittab_edit.hpp and conf/inittab_check.hpp: mvinit's entries put in, taken out, and what check says of them.
#include <algorithm>
#include <doctest/doctest.h>

#include "conf/inittab_check.hpp"
#include "conf/inittab_edit.hpp"
#include "inittab_samples.hpp"
#include "json_check.hpp"

using conf::Found;
using conf::Inittab;
using conf::InittabEdit;
using conf::InittabRoot;
using conf::install_entries;
using conf::parse_inittab;
using conf::remove_entries;

namespace {

constexpr std::string_view mvinit = "/sbin/mvinit";
const std::string levels =
    "mv0:0:once:/sbin/mvinit halt\nmv5:5:once:/sbin/mvinit poweroff\nmv6:6:once:/sbin/mvinit reboot\n";
constexpr InittabRoot whole = {Found::executable, Found::executable, true};

std::string with_smf(std::string_view text, const std::string& line) {
    std::string out(text);
    const std::size_t at = out.find("smf:");
    return out.replace(at, out.find('\n', at) + 1 - at, line);
}

}  // namespace

TEST_CASE("inittab install: what becomes of the file") {
    const std::pair<std::string, std::string> table[] = {
        {std::string(samples::stock), with_smf(samples::stock, "smf::sysinit:/sbin/mvinit\n") + levels},
        {std::string(samples::solaris9), std::string(samples::solaris9) + "smf::sysinit:/sbin/mvinit\n" + levels},
        {std::string(samples::installed), std::string(samples::installed)},
        {"", "smf::sysinit:/sbin/mvinit\n" + levels},
        {"a:::\n", "a:::\nsmf::sysinit:/sbin/mvinit\n" + levels},
        {"# no newline", "# no newline\nsmf::sysinit:/sbin/mvinit\n" + levels},
        {"x::off:taken \\", "x::off:taken \\\n\nsmf::sysinit:/sbin/mvinit\n" + levels},
        {"x::off:taken \\\n", "x::off:taken \\\n\nsmf::sysinit:/sbin/mvinit\n" + levels},
        {std::string(samples::installed.substr(0, samples::installed.size() - 1)), std::string(samples::installed)},
        {"smf::sysinit:/a\n#c\nsmf::off:/b", "smf::sysinit:/a\n#c\nsmf::sysinit:/sbin/mvinit\n" + levels},
        {" smf :5: once:/sbin/mvinit\n", " smf :5: once:/sbin/mvinit\n" + levels},
        {"mv5:5:once:/opt/mv/mvinit poweroff\nsmf::sysinit:/opt/mv/mvinit\n",
         "mv5:5:once:/sbin/mvinit poweroff\nsmf::sysinit:/sbin/mvinit\nmv0:0:once:/sbin/mvinit halt\n"
         "mv6:6:once:/sbin/mvinit reboot\n"},
    };
    for (const auto& [before, after] : table) {
        CAPTURE(before);
        const InittabEdit edit = install_entries(before, mvinit);
        CHECK(edit.text == after);
        CHECK(edit.refusal == "");
        if (before == after) CHECK(edit.notes == "");
    }
}

TEST_CASE("inittab install: a command with arguments, and one in another place") {
    const InittabEdit edit = install_entries(samples::tribblix, "/opt/mvinit -c /opt/my.toml");
    CHECK(started_entry(parse_inittab(edit.text))->process == "/opt/mvinit -c /opt/my.toml");
    CHECK(edit.text.ends_with(
        "mv0:0:once:/opt/mvinit halt\nmv5:5:once:/opt/mvinit poweroff\nmv6:6:once:/opt/mvinit reboot\n"));
    CHECK(edit.notes.starts_with("-smf::sysinit:/usr/bin/sleep Inf\n+smf::sysinit:/opt/mvinit -c /opt/my.toml\n+mv0:"));
}

TEST_CASE("inittab install: refused, and nothing is changed") {
    struct Row {
        std::string before;
        std::string command;
        const char* words;
    };
    const Row table[] = {
        {"mv0::off:mine, a comment\n", "/sbin/mvinit", "line 1 already has the id mv0"},
        {"#\nmv5:5:once:/sbin/mvinit poweroff now\n", "/sbin/mvinit", "line 2 already has the id mv5"},
        {"mv6:56:once:/sbin/mvinit reboot\n", "/sbin/mvinit", "mv6"},
        {"#nothing\n", "sbin/mvinit", "absolute path"},
        {"#nothing\n", "", "absolute path"},
        {"#nothing\n", "'/sbin/mvinit'", "absolute path"},
        {"#nothing\n", "/sbin/$x", "absolute path"},
        {"#nothing\n", "/" + std::string(250, 'x'), "250 bytes at most"},
        {"#nothing\n", "/x\ny::off:z", "init would not take"},
        {"#nothing\n", "/x y\\", "init would not take"},
        {"#nothing\n", std::string("/x\0y", 4), "init would not take"},
    };
    for (const auto& [before, command, words] : table) {
        CAPTURE(command);
        const InittabEdit edit = install_entries(before, command);
        CHECK(edit.text == before);
        CHECK(edit.notes == "");
        CHECK_MESSAGE(edit.refusal.find(words) != std::string::npos, edit.refusal);
    }
    CHECK(install_entries("#nothing\n", "/" + std::string(249, 'x')).refusal == "");
}

TEST_CASE("inittab remove: the file as it was, or with the changes made since") {
    for (const std::string_view before : samples::all) {
        CHECK(remove_entries(install_entries(before, "/opt/mvinit -v").text, before).text == before);
    }
    const std::string after = install_entries(samples::stock, mvinit).text;
    const std::string edited = "# first\n" + after + "xx::sysinit:/etc/rc.local\n";
    CHECK(remove_entries(edited, samples::stock).text ==
          "# first\n" + std::string(samples::stock) + "xx::sysinit:/etc/rc.local\n");
    // No smf entry before: none afterwards.
    const std::string added = install_entries("#only this\n", mvinit).text;
    CHECK(remove_entries(added + "#\n", "#only this\n").text == "#only this\n#\n");
    // Somebody has given the zone back to SMF by hand: that stays.
    CHECK(remove_entries(with_smf(after, "smf::sysinit:/lib/svc/bin/svc.startd\n"), samples::tribblix).text ==
          with_smf(samples::stock, "smf::sysinit:/lib/svc/bin/svc.startd\n"));
    // The old smf line had no newline: it needs one in the middle.
    CHECK(remove_entries("smf::sysinit:/sbin/mvinit\n#\n", "smf::sysinit:/a").text == "smf::sysinit:/a\n#\n");
}

TEST_CASE("inittab install: whatever the bytes, it is taken by init, undone to the byte, and done once") {
    samples::Random random(777);
    int installed = 0;
    for (int round = 0; round < 20000; ++round) {
        const std::string before = random.inittab();
        CAPTURE(before);
        const InittabEdit edit = install_entries(before, mvinit);
        if (!edit.refusal.empty()) {
            REQUIRE(edit.text == before);
            continue;
        }
        ++installed;
        const Inittab inittab = parse_inittab(edit.text);
        REQUIRE(conf::judge_inittab(inittab, whole, "f").empty());
        REQUIRE(conf::has_our_entries(inittab));
        REQUIRE(install_entries(edit.text, mvinit).text == edit.text);
        REQUIRE(remove_entries(edit.text, before).text == before);
        // Without our entries and the smf entry that counted, both have the same bytes but for newlines at the end.
        const auto rest = [](std::string text) {
            while (parse_inittab(text).endless()) text += '\n';
            const Inittab parsed = parse_inittab(text);
            std::string out;
            for (const auto& line : parsed.lines) {
                const bool ours =
                    line.is_entry() && (line.entry == parsed.smf || is_level_entry(parsed.entries[line.entry]));
                if (!ours) out += text.substr(line.offset, line.length);
            }
            while (out.ends_with('\n')) out.pop_back();
            return out;
        };
        if (before.size() >= conf::smallest_inittab) REQUIRE(rest(edit.text).starts_with(rest(before)));
    }
    CHECK(installed > 10000);
}

TEST_CASE("inittab: the program that the entry runs") {
    const std::pair<const char*, const char*> table[] = {
        {"/sbin/mvinit", "/sbin/mvinit"},
        {" \t/a b", "/a"},
        {"/a>/dev/null", "/a"},
        {"sleep Inf", "sleep"},
        {"</dev/console /a", ""},
        {"\"/a b\"", ""},
        {"$X", ""},
        {"/a\\\nb", ""},
        {"/a \\\n b", "/a"},
        {"", ""},
        {"   ", ""},
        {"/a;b", "/a"},
    };
    for (const auto& [process, program] : table) CHECK(conf::program_of(process) == program);
}

TEST_CASE("inittab check: what keeps init from booting, and what is only worth knowing") {
    struct Row {
        std::string text;
        InittabRoot root;
        bool error;
        const char* words;
    };
    const InittabRoot no_shell = {Found::missing, Found::executable, true};
    const InittabRoot hidden = {Found::untold, Found::untold, true};
    const InittabRoot no_program = {Found::executable, Found::missing, true};
    const InittabRoot no_mode = {Found::executable, Found::not_executable, true};
    const InittabRoot no_contract = {Found::executable, Found::executable, false};
    const std::string good(samples::installed);
    const Row table[] = {
        {"", whole, true, "no smf entry"},
        {"#\n", whole, true, "shorter than 10 bytes"},
        {"#nothing in it\n", whole, true, "no smf entry"},
        {"smf::sysinit:\n", whole, true, "no command that init takes"},
        {good + "x::off:y", whole, true, "over and over"},
        {good, no_shell, true, "/sbin/sh"},
        {good, no_program, true, "not there: /sbin/mvinit"},
        {good, no_mode, true, "no executable file: /sbin/mvinit"},
        {good, hidden, false, "cannot be seen from here"},
        {good, no_contract, false, "/system/contract"},
        {std::string(samples::tribblix), whole, false, "for the levels 056"},
        {with_smf(good, "smf::sysinit:/sbin/mvinit " + std::string(235, 'x') + "\n"), whole, false, "-s or -r"},
    };
    for (const auto& [text, root, error, words] : table) {
        CAPTURE(text);
        const conf::Diagnostics found = conf::judge_inittab(parse_inittab(text), root, "f");
        REQUIRE_FALSE(found.empty());
        CHECK(conf::has_errors(found) == error);
        const bool said = std::any_of(found.begin(), found.end(), [&, words = words](const conf::Diagnostic& each) {
            return each.message.find(words) != std::string::npos;
        });
        CHECK(said);
    }
    CHECK(conf::judge_inittab(parse_inittab(good), whole, "f").empty());
    CHECK(conf::judge_inittab(parse_inittab(samples::stock), whole, "f").empty());
}

TEST_CASE("inittab check: the page and the JSON") {
    const Inittab inittab = parse_inittab(samples::stock);
    const std::string page = conf::inittab_page(inittab, samples::stock);
    for (const char* words :
         {"line 4, ap:0123456:sysinit: run at boot", "/sbin/sh -c \"exec /lib/svc/bin/svc.startd\\t>/dev/msglog",
          "PATH=/usr/sbin:/usr/bin, then what /etc/default/init", "cookie 1, fatal HWERR SIGNAL CORE", "524288",
          "It is svc.startd"})
        CHECK_MESSAGE(page.find(words) != std::string::npos, words);
    CHECK(conf::inittab_page(parse_inittab(samples::installed), samples::installed).find("svc.startd") ==
          std::string::npos);
    samples::Random random(4242);
    for (int round = 0; round < 2000; ++round) {
        const std::string text = random.inittab();
        CAPTURE(text);
        const Inittab parsed = parse_inittab(text);
        REQUIRE(tests::is_json(conf::inittab_json(parsed, conf::judge_inittab(parsed, whole, "f"))));
        REQUIRE(conf::inittab_page(parsed, text).find('\0') == std::string::npos);
    }
}
