// Every tests/golden/NAME.facts with its configuration, through parser, planner, printers and executor, against the
// files beside it. NAME is CONFIG or CONFIG.VARIANT, so that one CONFIG.toml can be planned for several machines.
// The same with tests/illumos/facts/NAME.facts, whose configurations and plans are in tests/illumos/plans.
// MVINIT_GOLDEN_UPDATE=1 in the environment writes the files anew: look at the difference before keeping it.
#include <algorithm>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "conf/parse.hpp"
#include "fake_system.hpp"
#include "json_check.hpp"
#include "plumb/execute.hpp"
#include "plumb/print.hpp"

using namespace plumb;
using tests::FakeSystem;
namespace fs = std::filesystem;

namespace {

const fs::path tests_folder = fs::path(MVINIT_SOURCE_DIR) / "tests";

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read " << path);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string first_difference(const std::string& expected, const std::string& got) {
    const auto pair = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
    const auto offset = static_cast<std::size_t>(pair.first - expected.begin());
    const auto line = [&](const std::string& text) {
        const auto begin = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
        const auto start = begin == std::string::npos ? 0 : begin + 1;
        return text.substr(start, text.find('\n', start) - start);
    };
    return ":" + std::to_string(1 + std::count(expected.begin(), pair.first, '\n')) +
           ": differs\n  expected: " + line(expected) + "\n  got:      " + line(got);
}

void compare(const fs::path& path, const std::string& text) {
    const char* update = std::getenv("MVINIT_GOLDEN_UPDATE");
    if (update != nullptr && std::string_view(update) == "1") {
        std::ofstream(path, std::ios::binary) << text;
    }
    const std::string expected = read(path);
    const bool same = expected == text;
    CHECK_MESSAGE(same, path.string() << first_difference(expected, text));
}

std::string all(const conf::Diagnostics& diagnostics) {
    std::string text;
    for (const auto& diagnostic : diagnostics) text += conf::to_text(diagnostic) + "\n";
    return text;
}

struct Silent final : Observer {
    void started(const Step&) override {}
    void finished(const Step&, const Error*) override {}
};

std::string calls_of(const Plan& plan) {
    FakeSystem system;
    system.answers = {{"DNSserv", "10.0.2.3\n"}, {"DNSdmain", "example.org\n"}, {"Hostname", "leased\n"}};
    Silent observer;
    std::size_t done = 0;
    for (const Phase phase : {Phase::early, Phase::boot, Phase::late})
        done += execute(plan, phase, system, observer).done;
    CHECK(done == plan.steps.size());
    std::string text;
    for (const auto& call : system.calls) text += call + "\n";
    return text;
}

void check_case(const fs::path& facts_file, const fs::path& golden) {
    CAPTURE(facts_file.string());
    const auto parsed = parse_facts(read(facts_file), facts_file.filename().string());
    CHECK(all(parsed.diagnostics) == "");
    const std::string name = facts_file.stem().string();
    const fs::path config_file = golden / (name.substr(0, name.find('.')) + ".toml");
    const auto config = conf::parse(read(config_file), config_file.filename().string(), parsed.facts.platform, true);
    CHECK(all(config.diagnostics) == "");
    const Plan plan = make_plan(config.config, parsed.facts);
    Appendix appendix;
    appendix.application = config.config.app.command;
    const auto json = plan_json(plan, parsed.facts, appendix);
    CHECK(tests::is_json(json));
    compare(golden / (name + ".plan"), plan_text(plan, parsed.facts, appendix));
    compare(golden / (name + ".json"), json);
    compare(golden / (name + ".calls"), calls_of(plan));
}

std::vector<fs::path> fact_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".facts") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

TEST_CASE("golden plans") {
    const auto files = fact_files(tests_folder / "golden");
    CHECK(files.size() >= 10);
    for (const auto& file : files) check_case(file, tests_folder / "golden");
}

TEST_CASE("golden plans for illumos") {
    const auto files = fact_files(tests_folder / "illumos" / "facts");
    CHECK(files.size() >= 15);
    for (const auto& file : files) check_case(file, tests_folder / "illumos" / "plans");
}
