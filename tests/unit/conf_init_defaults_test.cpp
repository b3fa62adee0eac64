// /etc/default/init: words, quotes, comments and CMASK, as init reads them.
#include <doctest/doctest.h>

#include "conf/init_defaults.hpp"

using conf::InitDefaults;

TEST_CASE("/etc/default/init") {
    struct Row {
        const char* text;
        InitDefaults wanted;
    };
    const Row table[] = {
        {"", {}},
        {"TZ=Europe/Vienna\nCMASK=022\n", {{"TZ=Europe/Vienna"}, 022}},
        {"# a\n  # b\n\nLANG=C\nTZ=UTC", {{"LANG=C", "TZ=UTC"}, 022}},
        {"A=1 B=2;C=3\tD=4\n", {{"A=1", "B=2", "C=3", "D=4"}, 022}},
        {"A=\"x;y\" B='z'\n", {{"A=x;y", "B=z"}, 022}},
        {"A=\"x y\"\n", {{"A=x"}, 022}},  // the quotes do not keep the blank
        {"A=\"x\nB=y;C=z\n", {{"A=x", "B=y", "C=z"}, 022}},
        {"word =x A=\n", {{"A="}, 022}},
        {"A=1 # not a comment B=2\n", {{"A=1", "B=2"}, 022}},
        {"A=1\nA=2\n", {{"A=1"}, 022}},
        {"PATH=/x\nPATHS=/y\n", {{"PATHS=/y"}, 022}},
        {"CMASK=77\n", {{}, 077}},
        {"CMASK=0\n", {{}, 0}},
        {"CMASK=100\n", {{}, 022}},
        {"CMASK=27x\n", {{}, 027}},
        {"CMASK=99\n", {{}, 0}},
        {"CMASK=777777777777777777777777\n", {{}, 022}},
        {"CMASK=027\nCMASK=100\n", {{}, 027}},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(conf::parse_init_defaults(row.text) == row.wanted);
    }
}
