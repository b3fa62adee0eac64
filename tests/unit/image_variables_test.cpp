// mvimage reads files of variables as mvinit does, which has a reader of its own.
#include <doctest/doctest.h>
#include <string>
#include <string_view>

#include "init/program.hpp"
#include "packaging/image/variables.hpp"

TEST_CASE("mvimage takes the same variables of an env file as mvinit, and stops at the same line") {
    for (const std::string_view text : {"",
                                        "A=1",
                                        "A=1\nB=2\n",
                                        "# A=1\n\n \t\r\nB = 2 \r\n",
                                        "A='b c'",
                                        "A=\"b'",
                                        "A=\"",
                                        "A=''",
                                        "A=b=c",
                                        "A=1\nA=2",
                                        " A\t=\t1",
                                        "A=",
                                        "word",
                                        "A=1\n\n# B\n=2\nC=3\n",
                                        "  = 2",
                                        "A=1\r\nexport\r\nB=2",
                                        "A=1\nexport A=2\n",
                                        "A B = 1",
                                        "A\tB=1",
                                        "A=1\n\n\n"}) {
        CAPTURE(text);
        conf::Environment wanted{{"A", "0"}, {"Z", "1"}};
        conf::Environment env = wanted;
        const auto done = init::add_env_file(wanted, "/e", text);
        const unsigned line = image::add_variables(env, text);
        CHECK(env == wanted);
        const std::string said = done ? "" : plumb::to_text(done.error());
        CHECK((line == 0) == said.empty());
        CHECK(said.starts_with(line == 0 ? "" : "read environment /e:" + std::to_string(line) + ":"));
    }
}
