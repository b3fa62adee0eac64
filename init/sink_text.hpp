// How lines look in a sink that is not given the bytes as they are: with a stamp, or as records of syslog and kmsg.
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace init {

// Text put into a place of fixed size; what does not fit is left out.
struct TextEnd {
    char* at;
    char* end;
    [[gnu::noinline]] TextEnd& operator<<(std::string_view text);
    [[gnu::noinline]] TextEnd& operator<<(std::uint64_t number);
    std::size_t room() const { return static_cast<std::size_t>(end - at); }
};

enum class Form : std::uint8_t { raw, stamped, record };
enum class Stream : std::uint8_t { out, err };

// Longest line of a form, its newline with it; the next piece of a longer one follows as a line of its own.
// stamped: ours; record: RFC 3164 has 1024, and the kernel takes as much less what it adds (kernel/printk/printk.c).
inline constexpr std::size_t longest_line = 4096;
inline constexpr std::size_t longest_record = 976;

struct LineContext {
    Form form = Form::stamped;  // not raw
    Stream stream = Stream::out;
    std::uint64_t ms = 0;   // CLOCK_MONOTONIC
    std::string_view name;  // of the application
    std::int32_t pid = 0;
};

// Begins a record: "<30>", facility daemon and severity info, err for standard error; "<28>", warning, for notices.
inline constexpr std::string_view notice_prefix = "<28>";

// What each line of one moment begins with: "[    1.234] stdout: ", "<30>NAME[PID]: ".
struct LinePrefix {
    explicit LinePrefix(const LineContext& context);
    Form form;
    std::array<char, 96> room;
    std::string_view text;
};

// Appends one finished line to out. text: lines of one stream, of which the last may lack its end. last: there is no
// more of it; it is marked then. continues: the line began in an earlier piece; kept by the caller for each stream.
// Returns how much of text that was; 0: out has not the room for the longest line.
std::size_t put_line(TextEnd& out, const LinePrefix& prefix, bool& continues, std::string_view text, bool last);

}  // namespace init
