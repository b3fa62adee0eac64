#include "init/sink_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace init {
namespace {

constexpr std::string_view cut_mark = " [...]";
constexpr std::string_view continued_mark = "[...] ";
constexpr std::string_view unfinished_mark = " [no newline]";

// "[    0.512] ", as the kernel writes it.
void put_stamp(TextEnd& out, std::uint64_t ms) {
    const std::uint64_t seconds = ms / 1000;
    out << "[";
    for (std::uint64_t least = 10'000; least > 1 && seconds < least; least /= 10) out << " ";
    out << seconds << ".";
    for (std::uint64_t least = 100; least > 1 && ms % 1000 < least; least /= 10) out << "0";
    out << ms % 1000 << "] ";
}

}  // namespace

LinePrefix::LinePrefix(const LineContext& context) : form(context.form) {
    const bool err = context.stream == Stream::err;
    TextEnd out{room.data(), room.data() + room.size()};
    if (context.form == Form::stamped) {
        put_stamp(out, context.ms);
        out << (err ? "stderr: " : "stdout: ");
    } else {
        // A name may not be so long that the number has no room beside it.
        out << (err ? "<27>" : "<30>") << context.name.substr(0, 64) << "["
            << static_cast<std::uint64_t>(std::max(context.pid, 0)) << "]: ";
    }
    text = {room.data(), static_cast<std::size_t>(out.at - room.data())};
}

TextEnd& TextEnd::operator<<(std::string_view text) {
    constexpr std::size_t step = 16;
    const std::size_t count = std::min(text.size(), room());
    char* const to = std::exchange(at, at + count);
    // Of a size that is known here, and the last bytes twice: to begin with others takes memcpy(3) longer than to copy
    // a line.
    if (count >= step) {
        for (std::size_t done = 0; done + step <= count; done += step) std::memcpy(to + done, text.data() + done, step);
        std::memcpy(to + count - step, text.data() + count - step, step);
    } else if (count != 0) {
        std::memcpy(to, text.data(), count);
    }
    return *this;
}

TextEnd& TextEnd::operator<<(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return *this << std::string_view(digits.data(), static_cast<std::size_t>(done.ptr - digits.data()));
}

std::size_t put_line(TextEnd& out, const LinePrefix& prefix, bool& continues, std::string_view text, bool last) {
    const std::size_t longest = prefix.form == Form::stamped ? longest_line : longest_record;
    if (out.room() < longest) return 0;
    const std::size_t newline = text.substr(0, longest).find('\n');
    const bool whole = newline != std::string_view::npos;
    if (whole && !continues && prefix.text.size() + newline < longest) {
        out << prefix.text << text.substr(0, newline + 1);
        return newline + 1;
    }
    const char* const begin = out.at;
    std::string_view line = text.substr(0, newline);
    out << prefix.text;
    if (continues) out << continued_mark;
    std::string_view mark = whole ? std::string_view{} : last ? unfinished_mark : cut_mark;
    const std::size_t room = longest - 1 - static_cast<std::size_t>(out.at - begin);
    const bool cut = line.size() + mark.size() > room;
    if (cut) {
        mark = cut_mark;
        // Something is left for what this mark promises.
        line = line.substr(0, std::min(room - mark.size(), line.size() - 1));
    }
    out << line << mark << "\n";
    continues = cut || (!whole && !last);
    return line.size() + (whole && !cut ? 1 : 0);
}

}  // namespace init
