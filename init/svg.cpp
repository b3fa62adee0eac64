#include "init/svg.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "conf/writer.hpp"
#include "init/analyze.hpp"

namespace init {
namespace {

using conf::Writer;

// In pixels. Letters of a monospaced font are 0.6 of its size wide: 7.2.
constexpr std::int64_t row_height = 20, bar_height = 14, head = 74, plot = 800, margin = 14, most_label = 48;
constexpr std::int64_t room_for_cost = 90;  // to the right of the longest bar
constexpr std::int64_t cut_kernel = 160;

struct Bar {
    std::string_view name, hint;
    std::int64_t begin, end;  // us from mvinit's first instruction on
    const char* color;
};

void put_xml(Writer& out, std::string_view text) {
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if (each == '<')
            out << "&lt;";
        else if (each == '>')
            out << "&gt;";
        else if (each == '&')
            out << "&amp;";
        else
            out.text += byte < ' ' || byte == 0x7f ? '?' : each;
    }
}

std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char each) { return (each & 0xc0) != 0x80; }));
}

// At most so many letters; never a part of one.
std::string label(std::string_view name) {
    if (letters(name) <= most_label) return std::string(name);
    std::size_t count = 0;
    std::size_t at = 0;
    for (; at < name.size(); ++at)
        if ((name[at] & 0xc0) != 0x80 && ++count == most_label) break;
    return std::string(name.substr(0, at)) + "\u2026";
}

std::vector<Bar> bars_of(const Stamps& stamps) {
    const auto since = [&stamps](std::uint64_t us) { return static_cast<std::int64_t>(us - stamps.began); };
    std::vector<Bar> bars;
    if (stamps.with_kernel()) bars.push_back({"kernel", "", since(stamps.zero), 0, "8a8f98"});
    bars.push_back({"mvinit", "", 0, static_cast<std::int64_t>(own_part(stamps)), "1f5fa8"});
    for (const StepStamp& step : stamps.steps)
        bars.push_back({step.name, step.reason, since(step.begin), since(step.end), step.ok ? "5aa0dc" : "c8402f"});
    if (stamps.is_ready()) bars.push_back({"application", "", since(stamps.executed), since(stamps.ready), "3c9a5f"});
    return bars;
}

class Picture {
public:
    explicit Picture(const Stamps& stamps) : title_(summary(stamps)), bars_(bars_of(stamps)) {
        std::size_t longest = 0;
        for (const Bar& bar : bars_) {
            longest = std::max(longest, std::min<std::size_t>(letters(bar.name), most_label));
            first_ = std::min(first_, bar.begin);
            last_ = std::max(last_, bar.end);
        }
        left_ = margin * 2 + static_cast<std::int64_t>(longest) * 72 / 10;
        cut_ = -first_ > (last_ - first_) / 3;
        bottom_ = head + static_cast<std::int64_t>(bars_.size()) * row_height;
    }

    std::string text() {
        put("<svg xmlns='http://www.w3.org/2000/svg' width='%' height='%' font-family='monospace' font-size='12'>\n"
            "<rect width='9999' height='%' fill='#fff'/>\n<text x='%' y='22' font-size='14' font-weight='bold'>",
            {left_ + plot + room_for_cost + margin, bottom_ + margin, bottom_ + margin, margin});
        put_xml(out_, title_);
        put("</text>\n<text x='%' y='42' fill='#666'>time since mvinit's first instruction", {left_});
        if (cut_) out_ << "; the kernel's bar is cut";
        out_ << "</text>\n";
        put_ticks();
        std::int64_t top = head;
        for (const Bar& bar : bars_) put_bar(bar, std::exchange(top, top + row_height));
        out_ << "</svg>\n";
        return std::move(out_.text);
    }

private:
    // form with each % replaced by the next number, each ~ by the next as tenths.
    void put(const char* form, std::initializer_list<std::int64_t> numbers) {
        const std::int64_t* number = numbers.begin();
        for (; *form != '\0'; ++form) {
            if (*form == '%')
                out_ << *number++;
            else if (*form == '~')
                put("%.%", {*number / 10, *number % 10}), ++number;
            else
                out_.text += *form;
        }
    }

    // Tenths of a pixel.
    std::int64_t x_of(std::int64_t us) const {
        const std::int64_t begin = cut_ ? cut_kernel * 10 : 0;
        if (cut_ && us < 0) return left_ * 10 + (us - first_) * begin / -first_;
        const std::int64_t from = cut_ ? 0 : first_;
        return left_ * 10 + begin + (us - from) * (plot * 10 - begin) / std::max<std::int64_t>(last_ - from, 1);
    }

    // 1, 2 or 5 of a power of ten, so that there are at most eight.
    std::int64_t tick() const {
        const std::int64_t span = last_ - (cut_ ? 0 : first_);
        std::int64_t step = 1;
        for (int which = 0; span / step > 8; ++which) step = which % 3 == 1 ? step / 2 * 5 : step * 2;
        return step;
    }

    void put_ticks() {
        const std::int64_t step = tick();
        const std::int64_t unit = step >= 1'000'000 ? 1'000'000 : step >= 1000 ? 1000 : 1;
        const char* const name = unit == 1 ? " \u00b5s" : unit == 1000 ? " ms" : " s";
        for (std::int64_t us = cut_ ? 0 : first_ / step * step; us <= last_; us += step) {
            const std::int64_t x = x_of(us);
            put("<path d='M~ %V%' stroke='#ddd'/><text x='~' y='%' text-anchor='middle' fill='#666'>%",
                {x, head - 4, bottom_, x, head - 10, us / unit});
            out_ << name << "</text>\n";
        }
    }

    void put_bar(const Bar& bar, std::int64_t top) {
        const std::int64_t begin = x_of(bar.begin);
        // What is too short to be seen is a line.
        const std::int64_t end = std::max(x_of(bar.end), begin + 10);
        put("<text x='%' y='%' text-anchor='end'>", {left_ - margin / 2, top + 14});
        put_xml(out_, label(bar.name));
        put("</text><rect x='~' y='%' width='~' height='%' fill='#", {begin, top + 3, end - begin, bar_height});
        out_ << bar.color << "'><title>";
        put_xml(out_, bar.name);
        if (!bar.hint.empty()) out_ << ": ";
        put_xml(out_, bar.hint);
        put("</title></rect><text x='~' y='%' fill='#444' stroke='#fff' stroke-width='3' paint-order='stroke'>",
            {end + 50, top + 14});
        out_ << cost_text(static_cast<std::uint64_t>(bar.end - bar.begin)) << "</text>\n";
        if (cut_ && bar.begin < 0)
            put("<path d='M% %l6-20m6 0l-6 20' stroke='#fff' stroke-width='3'/>\n",
                {left_ + cut_kernel / 2, top + bar_height + 6});
    }

    std::string title_;
    std::vector<Bar> bars_;
    std::int64_t first_ = 0, last_ = 1;
    std::int64_t left_ = 0, bottom_ = 0;
    bool cut_ = false;
    Writer out_;
};

}  // namespace

std::string analyze_svg(const Stamps& stamps) {
    return Picture(stamps).text();
}

}  // namespace init
