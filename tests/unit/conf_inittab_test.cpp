// conf/inittab.hpp: what illumos init makes of an inittab, byte by byte.
#include <doctest/doctest.h>

#include "conf/inittab.hpp"
#include "inittab_samples.hpp"

using conf::Drop;
using conf::InitAction;
using conf::Inittab;
using conf::InittabEntry;
using conf::LineFate;
using conf::parse_inittab;

namespace {

// The only entry of a file that has this line and a comment, so that it is no tiny one.
InittabEntry only(const std::string& line) {
    const Inittab inittab = parse_inittab("#comment#\n" + line + "\n");
    REQUIRE(inittab.entries.size() == 1);
    return inittab.entries[0];
}

Drop dropped(const std::string& line) {
    const Inittab inittab = parse_inittab("#comment#\n" + line + "\n");
    CHECK(inittab.entries.empty());
    REQUIRE(inittab.lines.size() == 2);
    CHECK(inittab.lines[1].fate == LineFate::dropped);
    return inittab.lines[1].drop;
}

std::string verdict_of(const std::string& text, std::size_t line) {
    const Inittab inittab = parse_inittab(text);
    for (const conf::InittabLine& each : inittab.lines)
        if (each.line == line) return verdict(inittab, each);
    return "no such line";
}

}  // namespace

TEST_CASE("inittab: lines that are entries") {
    const std::pair<std::string, InittabEntry> table[] = {
        {"ap::sysinit:/sbin/autopush -f /etc/iu.ap",
         {"ap", "0123456", InitAction::sysinit, "/sbin/autopush -f /etc/iu.ap", 2}},
        {"smf::sysinit:/usr/bin/sleep Inf", {"smf", "0123456", InitAction::sysinit, "/usr/bin/sleep Inf", 2}},
        {" s\tm f : 5 0 : on ce :\t x  y ", {"smf", "05", InitAction::once, "\t x  y ", 2}},
        {"p3:s1234:powerfail:x", {"p3", "1234s", InitAction::powerfail, "x", 2}},
        {"x:S:wait:x", {"x", "s", InitAction::wait, "x", 2}},
        {"x:cba:ondemand:x", {"x", "abc", InitAction::ondemand, "x", 2}},
        {"x:qQ:respawn:x", {"x", "0123456", InitAction::respawn, "x", 2}},  // q is a letter without a level
        {"x:q5:respawn:x", {"x", "5", InitAction::respawn, "x", 2}},
        {"x:::x", {"x", "0123456", InitAction::off, "x", 2}},
        {"1:::x", {"1", "0123456", InitAction::respawn, "x", 2}},
        {"1234:::x", {"1234", "0123456", InitAction::respawn, "x", 2}},
        {"123a:::x", {"123a", "0123456", InitAction::off, "x", 2}},
        {"x:s::x", {"x", "s", InitAction::off, "x", 2}},  // only a written action is held against level s
        {"x::boot:", {"x", "0123456", InitAction::boot, "", 2}},
        {"x::boot: ", {"x", "0123456", InitAction::boot, " ", 2}},
        {"x::bootwait:a:b#c", {"x", "0123456", InitAction::bootwait, "a:b#c", 2}},
        {"x#::powerwait:#", {"x#", "0123456", InitAction::powerwait, "#", 2}},
        {"is:3:initdefault:", {"is", "3", InitAction::initdefault, "", 2}},
        {"x::off:a \\\n  b", {"x", "0123456", InitAction::off, "a \\\n  b", 2}},
        {"x::off:a\\\\", {"x", "0123456", InitAction::off, "a\\\\", 2}},  // an escaped backslash takes no newline
        {"x::off:a\\\\\\\nb", {"x", "0123456", InitAction::off, "a\\\\\\\nb", 2}},
        {"a\\\nb:5:off:x", {"a\\\nb", "5", InitAction::off, "x", 2}},
        {"\xff\xfe::off:\xff", {"\xff\xfe", "0123456", InitAction::off, "\xff", 2}},
        {std::string("smf\0::off:x", 11), {"smf", "0123456", InitAction::off, "x", 2}},  // compared as four bytes
        {std::string("x::off\0n:x", 10), {"x", "0123456", InitAction::off, "x", 2}},     // a C string
        {std::string("x::off:a\0b", 10), {"x", "0123456", InitAction::off, "a", 2}},     // so is what sh gets
        {std::string("x::off:\0b", 9), {"x", "0123456", InitAction::off, " ", 2}},
        {"x::off:" + std::string(506, 'x'), {"x", "0123456", InitAction::off, std::string(506, 'x'), 2}},
        {"x:" + std::string(511, '5') + ":off:", {"x", "5", InitAction::off, "", 2}},
    };
    for (const auto& [line, entry] : table) {
        CAPTURE(line);
        CHECK(only(line) == entry);
    }
}

TEST_CASE("inittab: lines that init drops") {
    const std::pair<std::string, Drop> table[] = {
        {":::x", Drop::no_id},
        {" \t::off:x", Drop::no_id},
        {"abcde::off:x", Drop::long_id},
        {"ab\\\ncd::off:x", Drop::long_id},
        {"x:7:off:x", Drop::level},
        {"x:0\\\n1:off:x", Drop::level},
        {std::string("x:5\0:off:x", 10), Drop::level},
        {"x::Off:x", Drop::action},
        {"x::offf:x", Drop::action},
        {std::string("x::\0:x", 6), Drop::action},
        {"x:s:once:x", Drop::single_user},
        {"x:0s:respawn:x", Drop::single_user},
        {"x:S:sysinit:x", Drop::single_user},
        {"x::off:" + std::string(507, 'x'), Drop::too_long},
        {"x:" + std::string(512, '5') + ":off:", Drop::too_long},
        {"hello", Drop::missing_field},
        {"x", Drop::missing_field},
        {"x:5", Drop::missing_field},
        {"x::off", Drop::missing_field},
        {"\\", Drop::missing_field},
    };
    for (const auto& [line, why] : table) {
        CAPTURE(line);
        if (line == "\\") continue;  // takes the newline, see below
        CHECK(dropped(line) == why);
    }
    CHECK(dropped("\\\nx") == Drop::missing_field);
}

TEST_CASE("inittab: comments and blank lines, and where lines end") {
    const Inittab inittab = parse_inittab("# a \\\n \t\n  #:::\nx::off:a \\\n#b\ny::off:c\n");
    REQUIRE(inittab.lines.size() == 5);
    const LineFate fates[] = {LineFate::comment, LineFate::blank, LineFate::comment, LineFate::entry, LineFate::entry};
    const std::size_t lines[] = {1, 2, 3, 4, 6};
    for (std::size_t at = 0; at < 5; ++at) {
        CHECK(inittab.lines[at].fate == fates[at]);
        CHECK(inittab.lines[at].line == lines[at]);
    }
    CHECK(inittab.entries[0].process == "a \\\n#b");
    CHECK(inittab.ended);
}

TEST_CASE("inittab: the entry that init starts") {
    const std::string fits(250, 'x');
    const std::pair<std::string, std::string> table[] = {
        {"smf::off:/a\n", "/a"},
        {"smf:5:respawn:/a\nsmf::off:/b\n", "/b"},
        {"smf::sysinit:/a\nSMF::sysinit:/b\nsmf2::sysinit:/c\n", "/a"},
        {"smf::sysinit:/a\nsmf:7:sysinit:/b\n", "/a"},  // the second is dropped
        {"smf::sysinit:/a\nsmf::sysinit:\n", ""},       // the second counts
        {"smf::sysinit:" + fits + "\n", fits},
        {"smf::sysinit:/a\nsmf::sysinit:x" + fits + "\n", ""},
        {"smf:::/a\n", ""},  // under 10 bytes
        {"smf:::/ab\n", "/ab"},
        {"", ""},
        {"#nothing here\n", ""},
    };
    for (const auto& [text, process] : table) {
        CAPTURE(text);
        const Inittab inittab = parse_inittab(text);
        const InittabEntry* started = started_entry(inittab);
        CHECK((started == nullptr ? std::string() : started->process) == process);
    }
}

TEST_CASE("inittab: a last line without its newline") {
    for (const char* text : {"x::off:abcde", "x::off:abcde\\\n", "x::off:a\n\ny:5:wait:"}) {
        CAPTURE(text);
        const Inittab inittab = parse_inittab(text);
        CHECK(inittab.endless());
        CHECK(verdict(inittab, inittab.lines.back()).find("over and over") != std::string::npos);
    }
    for (const char* text : {"x::off:abcde\n", "x::off:abcde\n#c", "x::off:abcde\n  ", "x::off:abcde\nhello", ""}) {
        CAPTURE(text);
        CHECK_FALSE(parse_inittab(text).endless());
    }
    // init's one buffer still has the earlier line behind the end.
    CHECK(parse_inittab("x::off:abcde\ny::off:XY").entries[1].process == "XYcde");
    CHECK(parse_inittab("x::off:abcde\ny::off:").entries[1].process.empty());
}

TEST_CASE("inittab: under 10 bytes init reads nothing") {
    const Inittab inittab = parse_inittab("a:::\n#b\n");
    CHECK(inittab.entries.empty());
    REQUIRE(inittab.lines.size() == 2);
    for (const auto& line : inittab.lines) CHECK(line.drop == Drop::tiny_file);
    CHECK(parse_inittab("a:::\n#bcd\n").entries.size() == 1);
}

TEST_CASE("inittab: one sentence for each line") {
    const std::string text =
        "# c\n\nsmf::sysinit:/a\nsi::sysinit:x\nis:3:initdefault:\nof::off:x\nbo::boot:x\nbw::bootwait:x\n"
        "pf:s:powerfail:x\non:5:once:x\nre:06:respawn:x\nod:abc:ondemand:x\nhuh\nsmf::sysinit:/b\n";
    const std::pair<std::size_t, const char*> table[] = {
        {1, "comment"},
        {2, "blank"},
        {3, "without effect: the smf entry on line 14 replaces it"},
        {4, "run at boot before the smf entry, and waited for, with PATH=/sbin:/usr/sbin:/usr/bin"},
        {5, "ignored with a message: init takes its level from svc.startd alone"},
        {6, "never run: its action is off"},
        {7, "never run: when init looks for boot entries it has no level yet"},
        {8, "never run: when init looks for boot entries it has no level yet"},
        {9, "run when power fails, but in a blank zone only after somebody asked for init s"},
        {10, "not run at boot in a blank zone, only when somebody asks for init 5"},
        {11, "not run at boot in a blank zone, only kept running once somebody asks for init 0 or 6"},
        {12, "not run at boot in a blank zone, only kept running once somebody asks for init a, b or c"},
        {13, "dropped without a word: it is not of the form id:levels:action:command"},
        {14, "started after the sysinit entries, and again whenever its last process ends"},
    };
    for (const auto& [line, sentence] : table) CHECK(verdict_of(text, line) == sentence);
    CHECK(verdict_of("smf::sysinit:\n", 1) == "no command: init asks for maintenance");
    CHECK(verdict_of("smf::off:" + std::string(251, 'x') + "\n", 1) ==
          "discarded, as with 'exec ' it has 256 bytes and init takes 255: init asks for maintenance");
}

TEST_CASE("inittab: the stock file, and Tribblix's blank one") {
    const Inittab stock = parse_inittab(samples::stock);
    REQUIRE(stock.entries.size() == 4);
    CHECK(stock.entries[0].id == "ap");
    CHECK(stock.entries[1].process == "/sbin/soconfig -d /etc/sock2path.d");
    REQUIRE(started_entry(stock) != nullptr);
    CHECK(started_entry(stock)->process == "/lib/svc/bin/svc.startd\t>/dev/msglog 2<>/dev/msglog </dev/console");
    CHECK(stock.entries[3] == InittabEntry{"p3", "1234s", InitAction::powerfail,
                                           "/usr/sbin/shutdown -y -i5 -g0 >/dev/msglog 2<>/dev/msglog",
                                           stock.entries[3].line});
    for (const auto& line : stock.lines) CHECK(line.fate != LineFate::dropped);
    const Inittab blank = parse_inittab(samples::tribblix);
    REQUIRE(started_entry(blank) != nullptr);
    CHECK(started_entry(blank)->process == "/usr/bin/sleep Inf");
}

TEST_CASE("inittab: whatever the bytes, each belongs to one line, and each line has its sentence") {
    samples::Random random(20240611);
    for (int round = 0; round < 20000; ++round) {
        const std::string text = random.inittab();
        const Inittab inittab = parse_inittab(text);
        std::size_t offset = 0;
        std::size_t entries = 0;
        bool right = true;
        for (const conf::InittabLine& line : inittab.lines) {
            right = right && line.offset == offset && line.length > 0;
            offset += line.length;
            if (line.is_entry()) right = right && line.entry == entries++;
            right = right && (line.fate == LineFate::dropped) == (line.drop != Drop::none);
            right = right && !verdict(inittab, line).empty();
            // A line means the same alone, but for what tiny files and missing newlines do.
            const std::string alone = text.substr(line.offset, line.length);
            const Inittab again = parse_inittab(alone + "\n\n#comment#\n");
            if (line.is_entry() && &line != &inittab.lines.back())
                right = right && again.entries.size() == 1 &&
                        again.entries[0].process == inittab.entries[line.entry].process;
        }
        right = right && offset == text.size() && entries == inittab.entries.size();
        for (const InittabEntry& entry : inittab.entries) {
            right = right && entry.id.size() <= 4 && !entry.levels.empty() && entry.process.size() <= 506;
            right = right && entry.process.find('\0') == std::string::npos;
        }
        if (inittab.smf != conf::no_entry) right = right && inittab.entries[inittab.smf].id == "smf";
        CAPTURE(text);
        REQUIRE(right);
    }
}
