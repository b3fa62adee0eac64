// [ready], [health] and [watchdog].
#include <utility>

#include "conf/endpoint.hpp"
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr std::string_view ready_ways[] = {"notify", "fd", "tcp", "http", "command", "after"};
constexpr std::string_view health_ways[] = {"tcp", "http", "command"};

void read_tcp(const Site& site, std::string& out) {
    std::string text;
    if (!string_at(site, site.node, "an address with a port such as \"127.0.0.1:80\"", text)) return;
    if (!parse_endpoint(text)) {
        return site.fail(cat({quoted(text),
                              " is no address with a port: write \"127.0.0.1:80\" or \"[::1]:80\"; names are not "
                              "looked up"}));
    }
    out = std::move(text);
}

void read_http(const Site& site, std::string& out) {
    std::string text;
    if (!string_at(site, site.node, "a URL such as \"http://127.0.0.1:80/\"", text)) return;
    if (text.starts_with("https:")) {
        return site.fail("https is not spoken here: ask a port without it, or let a command ask");
    }
    if (!parse_http(text)) {
        return site.fail(cat({quoted(text),
                              " cannot be asked for: write \"http://127.0.0.1:80/path\" or \"http://[::1]:80/path\"; "
                              "names are not looked up"}));
    }
    out = std::move(text);
}

// Of the table itself, or of the probe in it.
template <class Table, auto Member, auto Read>
constexpr Field probe_field(std::string_view name) {
    return {name, [](const Site& site, void* object) { Read(site, static_cast<Table*>(object)->probe.*Member); }};
}

void read_seconds(const Site& site, Milliseconds& out) {
    Milliseconds value = out;
    read_duration(site, value);
    if (value.count() % 1000 != 0) return site.fail("the device counts whole seconds");
    out = value;
}

constexpr Field ready_fields[] = {
    field<&Ready::notify, read_boolean>("notify"),
    field<&Ready::fd, read_int>("fd", On::all, 3, 1023),
    probe_field<Ready, &Probe::tcp, read_tcp>("tcp"),
    probe_field<Ready, &Probe::http, read_http>("http"),
    probe_field<Ready, &Probe::command, read_argv>("command"),
    field<&Ready::after, read_duration>("after", On::all, 1),
    field<&Ready::timeout, read_duration>("timeout"),
    field<&Ready::interval, read_duration>("interval", On::all, 10),
};

constexpr Field health_fields[] = {
    probe_field<Health, &Probe::tcp, read_tcp>("tcp"),
    probe_field<Health, &Probe::http, read_http>("http"),
    probe_field<Health, &Probe::command, read_argv>("command"),
    field<&Health::interval, read_duration>("interval", On::all, 10),
    field<&Health::timeout, read_duration>("timeout", On::all, 10),
    field<&Health::failures, read_unsigned>("failures", On::all, 1, 1'000'000),
};

constexpr Field watchdog_fields[] = {
    field<&Watchdog::app, read_duration>("app"),
    field<&Watchdog::device, read_path>("device", On::linux_os),
    field<&Watchdog::timeout, read_seconds>("timeout", On::linux_os, 1000, 65'535'000),
};

bool is_given(const Probe& probe) {
    return !probe.tcp.empty() || !probe.http.empty() || !probe.command.empty();
}

bool is_way(const Node& item, std::span<const std::string_view> ways) {
    if (item.kind == Kind::boolean && item.number == 0) return false;  // notify = false is none
    for (const std::string_view name : ways)
        if (item.key == name) return true;
    return false;
}

bool stands_before(const Node& one, const Node& other) {
    return one.key_line != other.key_line ? one.key_line < other.key_line : one.key_column < other.key_column;
}

// Whether the table names a way; a second one, as the file has them, is an error.
bool names_way(Report& report, const Node& node, std::string_view path, std::span<const std::string_view> ways) {
    const Node* first = nullptr;
    const Node* second = nullptr;
    for (const Node& item : node.items) {
        if (!is_way(item, ways)) continue;
        const bool earliest = first == nullptr || stands_before(item, *first);
        const Node* later = earliest ? first : &item;
        if (earliest) first = &item;
        if (later != nullptr && (second == nullptr || stands_before(*later, *second))) second = later;
    }
    if (second != nullptr)
        report.add_key(*second, cat({path, ".", second->key, ": ", first->key, " is given already"}));
    return first != nullptr;
}

}  // namespace

// A way that an overlay names takes the place of the other one.
void read_ready(Report& report, const Node& node, std::string_view path, Config& config) {
    Ready& ready = config.ready;
    if (names_way(report, node, path, ready_ways)) {
        Ready fresh;
        fresh.timeout = ready.timeout;
        fresh.interval = ready.interval;
        ready = std::move(fresh);
    }
    read_table(report, node, path, ready_fields, &ready);
    if (ready.after.count() > 0 && ready.timeout.count() > 0 && ready.timeout <= ready.after)
        report.add(node, cat({path, ": timeout is over before the application counts as ready by after"}));
}

void read_health(Report& report, const Node& node, std::string_view path, Config& config) {
    if (names_way(report, node, path, health_ways)) config.health.probe = {};
    read_table(report, node, path, health_fields, &config.health);
}

void read_watchdog(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, watchdog_fields, &config.watchdog);
}

void check_health(Report& report, const Node* table, const Config& config) {
    if (table == nullptr || table->items.empty() || is_given(config.health.probe)) return;
    // Where what it is to be asked is wrong, that was said.
    for (const Node& item : table->items)
        for (const std::string_view way : health_ways)
            if (item.key == way) return;
    report.add(*table, "health: nothing is asked: give tcp, http or command");
}

}  // namespace conf
