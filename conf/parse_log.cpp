// [log] and [[sink]].
#include <charconv>
#include <optional>

#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice kinds[] = {{"console", static_cast<int>(SinkKind::console)},
                            {"ring", static_cast<int>(SinkKind::ring)},
                            {"file", static_cast<int>(SinkKind::file)},
                            {"syslog", static_cast<int>(SinkKind::syslog)},
                            {"kmsg", static_cast<int>(SinkKind::kmsg)}};
constexpr Choice stream_choices[] = {{"both", static_cast<int>(Streams::both)},
                                     {"stdout", static_cast<int>(Streams::out)},
                                     {"stderr", static_cast<int>(Streams::err)}};
constexpr Choice policies[] = {{"drop_oldest", static_cast<int>(WhenFull::drop_oldest)},
                               {"block", static_cast<int>(WhenFull::block)}};

constexpr std::int64_t largest_ring = std::int64_t{1} << 30;
constexpr std::int64_t smallest_buffer = 4096;
constexpr std::int64_t largest_buffer = std::int64_t{64} << 20;

// "64K": digits and at most one of K, M, G, powers of 1024; nothing above 2^60.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest == text.data() || end - rest > 1) return std::nullopt;
    unsigned shift = 0;
    if (rest != end) {
        const std::size_t unit = std::string_view("KMG").find(*rest);
        if (unit == std::string_view::npos) return std::nullopt;
        shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
    if (number > (std::uint64_t{1} << 60 >> shift)) return std::nullopt;
    return number << shift;
}

constexpr Field log_fields[] = {
    field<&Log::kmsg, read_boolean>("kmsg", On::linux_os),
};

constexpr Field sink_fields[] = {
    choice<&Sink::to>("to", kinds),
    field<&Sink::path, read_path>("path"),
    field<&Sink::size, read_size>("size", On::all, 1),
    field<&Sink::files, read_unsigned>("files", On::all, 0, 1000),
    choice<&Sink::streams>("streams", stream_choices),
    field<&Sink::stamp, read_boolean>("stamp"),
    choice<&Sink::when_full>("when_full", policies),
    field<&Sink::buffer, read_size>("buffer", On::all, smallest_buffer, largest_buffer),
};

// A key that this kind of sink has no use for is a mistake, not a wish.
void check_sink(Report& report, const Node& node, std::string_view path, void* element) {
    auto& sink = *static_cast<Sink*>(element);
    struct Use {
        std::string_view key;
        bool used;
        std::string_view by;
    };
    const bool file = sink.to == SinkKind::file;
    const bool ring = sink.to == SinkKind::ring;
    const Use uses[] = {{"path", file || sink.to == SinkKind::syslog, "file and syslog"},
                        {"size", file || ring, "ring and file"},
                        {"files", file, "file"},
                        {"stamp", sink.to < SinkKind::syslog, "console, ring and file"},
                        {"buffer", !ring, "all but ring, which never stalls"},
                        {"when_full", !ring, "all but ring, which never stalls"}};
    for (const Use& use : uses) {
        const Node* found = find(&node, use.key);
        if (found != nullptr && !use.used) report.add(*found, cat({path, ".", use.key, ": is for to = ", use.by}));
    }
    if (file && find(&node, "path") == nullptr) report.add(node, cat({path, ": path is missing: name the file"}));
    if (ring && sink.size == 0) sink.size = std::uint64_t{256} * 1024;
    if (ring && (sink.size < 4096 || sink.size > static_cast<std::uint64_t>(largest_ring)))
        report.add(node, cat({path, ".size: a ring has 4K to 1G"}));
}

// What is wrong with all of them together. node: the array.
void check_all(Report& report, const Node& node, std::string_view path, const std::vector<Sink>& sinks) {
    if (sinks.size() > most_sinks)
        report.add(node, cat({path, ": at most ", std::to_string(most_sinks), " sinks are possible"}));
    for (std::size_t i = 0; i < sinks.size() && i < node.items.size(); ++i) {
        for (std::size_t other = 0; other < i; ++other) {
            const bool same = sinks[i].to == sinks[other].to && sinks[i].path == sinks[other].path;
            if (same && sinks[i].to == SinkKind::ring) report.add(node.items[i], cat({path, ": a second ring"}));
            if (same && sinks[i].to == SinkKind::file)
                report.add(node.items[i], cat({path, ".path: ", quoted(sinks[i].path), " is written by another sink"}));
        }
    }
}

}  // namespace

void read_size(const Site& site, std::uint64_t& out) {
    std::optional<std::uint64_t> value;
    if (site.node.kind == Kind::integer && site.node.number >= 0) {
        value = static_cast<std::uint64_t>(site.node.number);
    } else if (site.node.kind == Kind::string) {
        value = parse_size(site.node.text);
    } else if (site.node.kind != Kind::integer) {
        return site.expected(site.node, "a size such as \"64K\" or a number of bytes");
    }
    if (!value)
        return site.fail("is not a size: write a number of bytes, or digits with K, M or G, such as \"64K\", \"1M\"");
    const auto low = static_cast<std::uint64_t>(site.field.low);
    const auto high = static_cast<std::uint64_t>(site.field.high);
    if (*value < low || *value > high)
        return site.fail(cat({"is out of range (", std::to_string(low), " to ", std::to_string(high), " bytes)"}));
    out = *value;
}

void read_log(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, log_fields, &config.log);
}

void read_sinks(Report& report, const Node& node, std::string_view path, Config& config) {
    config.sinks.clear();
    const auto append = [](Config& to) -> void* { return &to.sinks.emplace_back(); };
    read_list(report, node, path, {sink_fields, append, check_sink}, config);
    if (node.kind == Kind::array) check_all(report, node, path, config.sinks);
}

}  // namespace conf
