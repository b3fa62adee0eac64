// Files of variables: what their lines mean, and which line is none.
#include <doctest/doctest.h>
#include <string_view>

#include "conf/env_lines.hpp"
#include "init/program.hpp"

TEST_CASE("an env file's variables lie over those that are there, up to the first line that is none") {
    using conf::Environment;
    struct Row {
        std::string_view text;
        Environment env;
        unsigned line = 0;
    };
    for (const Row& row : {Row{"", {{"A", "0"}}},
                           Row{"A=1", {{"A", "1"}}},
                           Row{"A=1\nB=2\n", {{"A", "1"}, {"B", "2"}}},
                           Row{"# A=1\n\n \t\r\nB = 2 \r\n", {{"A", "0"}, {"B", "2"}}},
                           Row{"A='b c'", {{"A", "b c"}}},
                           Row{"A=\"b'", {{"A", "\"b'"}}},
                           Row{"A=\"", {{"A", "\""}}},
                           Row{"A=''", {{"A", ""}}},
                           Row{"A=b=c", {{"A", "b=c"}}},
                           Row{"A=1\nA=2", {{"A", "2"}}},
                           Row{" A\t=\t1", {{"A", "1"}}},
                           Row{"A=", {{"A", ""}}},
                           Row{"word", {{"A", "0"}}, 1},
                           Row{"A=1\n\n# B\n=2\nC=3\n", {{"A", "1"}}, 4},
                           Row{"  = 2", {{"A", "0"}}, 1},
                           Row{"A=1\r\nexport\r\nB=2", {{"A", "1"}}, 2},
                           Row{"A=1\nexport A=2\n", {{"A", "1"}}, 2},
                           Row{"A B = 1", {{"A", "0"}}, 1},
                           Row{"A\tB=1", {{"A", "0"}}, 1},
                           Row{"A=1\n\n\n", {{"A", "1"}}}}) {
        CAPTURE(row.text);
        Environment env{{"A", "0"}, {"Z", "1"}};
        Environment same = env;
        Environment wanted = row.env;
        wanted.insert({"Z", "1"});
        CHECK(conf::add_variables(env, row.text) == row.line);
        CHECK(env == wanted);
        const auto done = init::add_env_file(same, "/e", row.text);
        CHECK(same == wanted);
        const std::string said = done ? "" : plumb::to_text(done.error());
        CHECK((row.line == 0) == said.empty());
        CHECK(said.starts_with(row.line == 0 ? "" : "read environment /e:" + std::to_string(row.line) + ":"));
    }
}
