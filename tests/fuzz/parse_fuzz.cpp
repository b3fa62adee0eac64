// LibFuzzer entry for everything in conf that reads what somebody else wrote. Build and run:
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/parse_fuzz.cpp conf/*.cpp -o
//   parse_fuzz
//   ./parse_fuzz -max_total_time=60 -max_len=4096
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "conf/accounts.hpp"
#include "conf/arguments.hpp"
#include "conf/cmdline.hpp"
#include "conf/parse.hpp"
#include "conf/text.hpp"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void fuzz_parse(std::string_view text) {
    for (const conf::Platform platform : {conf::Platform::linux_os, conf::Platform::illumos}) {
        const conf::Parsed parsed = conf::parse(text, "fuzz", platform, false);
        std::uint64_t last = 0;
        for (const conf::Diagnostic& each : parsed.diagnostics) {
            const std::uint64_t place = std::uint64_t{each.line} << 32 | each.column;
            require(each.line > 0 && each.column > 0 && place >= last && !each.message.empty());
            last = place;
        }
        conf::to_json(parsed.diagnostics);
    }
}

void fuzz_duration(std::string_view text) {
    const auto value = conf::parse_duration(text);
    if (value) require(conf::parse_duration(conf::duration_text(*value)) == value);
}

void fuzz_identity(std::string_view text) {
    const std::string_view user = text.substr(0, text.find('\n'));
    const std::string_view group = text.substr(text.rfind('\n') + 1);
    std::string error;
    const auto identity = conf::find_identity(text, text, user, group, error);
    require(identity.has_value() == error.empty());
    require(!identity || (!identity->groups.empty() && identity->groups[0] == identity->gid));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz_parse(text);
    const conf::KernelCommandLine line = conf::parse_kernel_command_line(text);
    for (const conf::Diagnostic& each : line.diagnostics) require(each.severity == conf::Severity::warning);
    for (const bool lenient : {false, true}) {
        const conf::Arguments arguments = conf::parse_arguments(conf::split_kernel_words(text), {}, lenient);
        require(!lenient || arguments.error.empty());
    }
    fuzz_duration(text);
    fuzz_identity(text);
    return 0;
}
