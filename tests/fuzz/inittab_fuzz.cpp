// LibFuzzer entry for the inittab: whatever the bytes, each belongs to one line, what install makes of them is what
// init would boot with, and remove undoes it. Build and run:
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/inittab_fuzz.cpp conf/*.cpp -o
//   inittab_fuzz
//   ./inittab_fuzz -max_total_time=60 -max_len=2048
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "conf/inittab_check.hpp"
#include "conf/inittab_edit.hpp"

namespace {

constexpr std::string_view command = "/sbin/mvinit";

void require(bool holds) {
    if (!holds) std::abort();
}

void fuzz_lines(std::string_view text) {
    const conf::Inittab inittab = conf::parse_inittab(text);
    std::size_t offset = 0;
    std::size_t entries = 0;
    for (const conf::InittabLine& line : inittab.lines) {
        require(line.offset == offset && line.length > 0 && line.line > 0);
        offset += line.length;
        if (line.is_entry()) require(line.entry == entries++);
        require(!verdict(inittab, line).empty());
    }
    require(offset == text.size() && entries == inittab.entries.size());
    const conf::Diagnostics found = conf::judge_inittab(inittab, {}, "fuzz");
    conf::inittab_page(inittab, text);
    conf::inittab_json(inittab, found);
}

void fuzz_edits(std::string_view text) {
    const conf::InittabEdit edit = conf::install_entries(text, command);
    if (!edit.refusal.empty()) return require(edit.text == text);
    const conf::Inittab installed = conf::parse_inittab(edit.text);
    require(!installed.endless() && started_entry(installed)->process == command);
    require(conf::install_entries(edit.text, command).text == edit.text);
    require(conf::remove_entries(edit.text, text).text == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    fuzz_lines(text);
    fuzz_edits(text);
    // The first line as the other file, or as the command.
    const std::size_t newline = text.find('\n');
    if (newline == std::string_view::npos) return 0;
    const std::string_view first = text.substr(0, newline);
    const std::string_view rest = text.substr(newline + 1);
    conf::remove_entries(rest, first);
    const conf::InittabEdit edit = conf::install_entries(rest, first);
    if (edit.refusal.empty()) require(started_entry(conf::parse_inittab(edit.text))->process == first);
    return 0;
}
