// The pages of mvinit analyze, and its picture.
#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>

#include "init/analyze.hpp"
#include "init/svg.hpp"
#include "json_check.hpp"

using namespace init;

namespace {

Stamps booted() {
    Stamps stamps;
    stamps.began = 500'000;
    stamps.configured = 500'900;
    stamps.executed = 540'000;
    stamps.ready = 600'000;
    stamps.steps = {{1, 500'100, 500'200, true, "", "mount /proc", "without it: \"no\" <&>"},
                    {2, 501'000, 531'000, true, "1", "load module e1000", "[system] modules"},
                    {3, 502'000, 512'000, false, "1", "mount /data", "[[mount]] /data"},
                    {4, 531'000, 532'000, true, "2,3", "bring up driver=e1000", ""}};
    return stamps;
}

// Rows of words, for pictures of other sizes.
Stamps many(std::size_t count, std::uint64_t kernel, std::uint64_t each) {
    static std::vector<std::string> names;
    names.clear();
    for (std::size_t n = 0; n < count; ++n)
        names.push_back("run /usr/lib/setup/number-" + std::to_string(n) +
                        (n % 7 == 3 ? " --with-a=very-long-command line-of-arguments" : ""));
    Stamps stamps;
    stamps.zero = kernel == 0 ? 1'000'000 : 0;
    stamps.began = kernel == 0 ? 1'000'000 : kernel;
    std::uint64_t at = stamps.began + 300;
    for (std::size_t n = 0; n < count; ++n) {
        const std::uint64_t cost = n % 5 == 4 ? each * 10 : each / (n % 3 + 1);
        stamps.steps.push_back({n + 1, at, at + cost, n != 6, "", names[n], "[[setup]]"});
        at += n % 4 == 1 ? cost / 4 : cost;
    }
    stamps.executed = at + each * 10;
    stamps.ready = stamps.executed + each * 3;
    return stamps;
}

// Every start tag has its end, names nest, attributes are quoted; & only as an entity.
bool well_formed(std::string_view text) {
    std::vector<std::string_view> open;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '&') {
            const std::string_view rest = text.substr(at, 5);
            if (!rest.starts_with("&lt;") && !rest.starts_with("&gt;") && rest != "&amp;") return false;
        }
        if (text[at] != '<') {
            if (static_cast<unsigned char>(text[at]) < ' ' && text[at] != '\n') return false;
            ++at;
            continue;
        }
        const std::size_t end = text.find('>', at);
        if (end == std::string_view::npos) return false;
        const std::string_view tag = text.substr(at + 1, end - at - 1);
        at = end + 1;
        if (std::count(tag.begin(), tag.end(), '\'') % 2 != 0) return false;
        const std::string_view name = tag.substr(0, tag.find_first_of(" /", 1));
        if (tag.starts_with('/')) {
            if (open.empty() || open.back() != tag.substr(1)) return false;
            open.pop_back();
        } else if (!tag.ends_with('/')) {
            open.push_back(name);
        }
    }
    return open.empty();
}

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
}

}  // namespace

TEST_CASE("analyze: for people") {
    CHECK(analyze_text(booted()) == R"(Started in 0.500s (kernel) + 0.040s (mvinit) + 0.060s (application) = 0.600s

          time of mvinit  step
     30.000 ms    75.0 %  load module e1000, after mount /proc
     10.000 ms    25.0 %  mount /data, failed, after mount /proc
      1.000 ms     2.5 %  bring up driver=e1000, after load module e1000, mount /data
      0.100 ms     0.3 %  mount /proc
      8.900 ms    22.3 %  between the steps: configuration, start of the application
)");
}

TEST_CASE("analyze: without steps, and before the application") {
    Stamps stamps;
    stamps.zero = stamps.began = 5'000;
    CHECK(analyze_text(stamps).starts_with("Starting: mvinit, which has not executed"));
    CHECK(tests::is_json(analyze_json(stamps)));
    CHECK(well_formed(analyze_svg(stamps)));
}

TEST_CASE("analyze: for programs") {
    const std::string json = analyze_json(booted());
    CHECK(tests::is_json(json));
    CHECK(json.find(R"("kernel_us": 500000, "mvinit_us": 40000, "application_us": 60000, "total_us": 600000)") !=
          std::string::npos);
    CHECK(json.find(R"({"number": 4, "name": "bring up driver=e1000", "reason": "", "ok": true, "begin_us": 31000, )"
                    R"("cost_us": 1000, "after": [2,3]})") != std::string::npos);
    CHECK(json.find("load module") < json.find("mount /data"));
    CHECK(json.find(R"(without it: \"no\" <&>)") != std::string::npos);
    Stamps stamps = booted();
    stamps.zero = stamps.began;
    stamps.ready = 0;
    const std::string other = analyze_json(stamps);
    CHECK(tests::is_json(other));
    CHECK(other.find(R"("kernel_us": null, "mvinit_us": 40000, "application_us": null, "total_us": null)") !=
          std::string::npos);
}

TEST_CASE("analyze: times") {
    CHECK(cost_text(0) == "0.000 ms");
    CHECK(cost_text(21'034) == "21.034 ms");
    CHECK(cost_text(9'999'999) == "9999.999 ms");
    CHECK(cost_text(10'000'000) == "10.000 s");
}

TEST_CASE("analyze: the picture has a row for each, and is XML whatever the names are") {
    Stamps stamps = booted();
    stamps.steps[1].name = "run a<b>&\"c\"\x01 \xc3\xa9";
    const std::string svg = analyze_svg(stamps);
    CHECK(well_formed(svg));
    CHECK(count_of(svg, "<title>") == 7);
    CHECK(svg.find("run a&lt;b&gt;&amp;\"c\"? \xc3\xa9") != std::string::npos);
    CHECK(svg.find("Started in 0.500s (kernel)") != std::string::npos);
    for (const char* part : {">kernel<", ">mvinit<", ">application<", "bar is cut", ">30.000 ms<"})
        CHECK(svg.find(part) != std::string::npos);
    stamps.zero = stamps.began;
    CHECK(analyze_svg(stamps).find("kernel") == std::string::npos);
}

TEST_CASE("analyze: a long name is cut between letters") {
    Stamps stamps = booted();
    std::string name;
    for (int n = 0; n < 80; ++n) name += "\xc3\xa9";
    stamps.steps[0].name = name;
    const std::string svg = analyze_svg(stamps);
    CHECK(well_formed(svg));
    CHECK(svg.find("\xc3\xa9\xe2\x80\xa6<") != std::string::npos);
    CHECK(svg.find("\xc3\xe2") == std::string::npos);
}

// With MVINIT_SVG_FOLDER in the environment the pictures are put there, to be looked at and to be parsed.
TEST_CASE("analyze: pictures of all sizes") {
    for (const auto& [name, make] :
         {std::pair{"three", +[] { return many(3, 200'000, 20'000); }},
          std::pair{"forty", +[] { return many(40, 600'000, 900); }},
          std::pair{"kernel", +[] { return many(5, 900'000, 700); }}, std::pair{"short", +[] { return many(6, 0, 7); }},
          std::pair{"long", +[] { return many(6, 2'000'000, 9'000'000); }}}) {
        CAPTURE(name);
        const std::string svg = analyze_svg(make());
        CHECK(well_formed(svg));
        CHECK(svg.size() < 40'000);
        if (const char* folder = std::getenv("MVINIT_SVG_FOLDER"); folder != nullptr)
            std::ofstream(std::string(folder) + "/" + name + ".svg") << svg;
    }
}
