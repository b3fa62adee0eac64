// How lines look with a stamp and as records.
#include "init/sink_text.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using init::Form;
using init::LineContext;
using init::Stream;
using Lines = std::vector<std::string>;

namespace {

// text, as it comes in pieces; the last one is the last.
Lines format(const LineContext& context, const Lines& pieces, bool last = true) {
    bool continues = false;
    Lines lines;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::string_view text = pieces[i];
        while (!text.empty()) {
            std::string room(init::longest_line, ' ');
            init::TextEnd out{room.data(), room.data() + room.size()};
            const init::LinePrefix prefix(context);
            const std::size_t used = init::put_line(out, prefix, continues, text, last && i + 1 == pieces.size());
            REQUIRE(used != 0);
            text.remove_prefix(used);
            lines.push_back(room.substr(0, static_cast<std::size_t>(out.at - room.data())));
        }
    }
    return lines;
}

const LineContext stamped{Form::stamped, Stream::out, 1234, "nginx", 42};
const LineContext record{Form::record, Stream::err, 1234, "nginx", 42};

}  // namespace

TEST_CASE("stamps") {
    struct Row {
        std::uint64_t ms;
        Stream stream;
        const char* line;
    };
    for (const Row& row :
         {Row{0, Stream::out, "[    0.000] stdout: x\n"}, Row{1005, Stream::err, "[    1.005] stderr: x\n"},
          Row{99'999'999, Stream::out, "[99999.999] stdout: x\n"},
          Row{100'000'010, Stream::out, "[100000.010] stdout: x\n"}}) {
        CHECK(format({Form::stamped, row.stream, row.ms, "a", 1}, {"x\n"}) == Lines{row.line});
    }
}

TEST_CASE("records carry severity, name and pid") {
    CHECK(format(record, {"x\n"}) == Lines{"<27>nginx[42]: x\n"});
    CHECK(format({Form::record, Stream::out, 0, "nginx", 0}, {"x\n"}) == Lines{"<30>nginx[0]: x\n"});
}

TEST_CASE("lines of one piece, empty ones and NULs too") {
    CHECK(format(record, {std::string("a\n\nb\0c\n", 8).substr(0, 7)}) ==
          Lines{"<27>nginx[42]: a\n", "<27>nginx[42]: \n", std::string("<27>nginx[42]: b\0c\n", 19)});
}

TEST_CASE("a last line without end is marked when nothing follows, else its rest is") {
    CHECK(format(record, {"abc"}) == Lines{"<27>nginx[42]: abc [no newline]\n"});
    CHECK(format(record, {"abc", "def\nx\n"}) ==
          Lines{"<27>nginx[42]: abc [...]\n", "<27>nginx[42]: [...] def\n", "<27>nginx[42]: x\n"});
}

TEST_CASE("long lines are cut so that nothing is missing") {
    for (const LineContext& context : {stamped, record}) {
        const std::size_t longest = context.form == Form::stamped ? init::longest_line : init::longest_record;
        const std::string prefix(init::LinePrefix(context).text);
        for (std::size_t length = longest - 60; length < longest + 60; ++length) {
            for (const char* end : {"\n", ""}) {
                std::string text;
                while (text.size() < length) text += std::to_string(text.size()) + ".";
                std::string back;
                const Lines lines = format(context, {text + end});
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    CHECK(lines[i].size() <= longest);
                    std::string line = lines[i];
                    REQUIRE(line.starts_with(prefix));
                    line.erase(0, prefix.size());
                    REQUIRE(line.ends_with("\n"));
                    line.pop_back();
                    if (i > 0) {
                        REQUIRE(line.starts_with("[...] "));
                        line.erase(0, 6);
                    }
                    const std::string mark = i + 1 < lines.size() ? " [...]" : *end == '\0' ? " [no newline]" : "";
                    REQUIRE(line.ends_with(mark));
                    back += line.substr(0, line.size() - mark.size());
                }
                CHECK(back == text);
            }
        }
    }
}

TEST_CASE("no room for the longest line: nothing is taken") {
    std::string room(init::longest_line - 1, ' ');
    init::TextEnd out{room.data(), room.data() + room.size()};
    bool continues = false;
    CHECK(init::put_line(out, init::LinePrefix(stamped), continues, "x\n", true) == 0);
    CHECK(out.at == room.data());
}
