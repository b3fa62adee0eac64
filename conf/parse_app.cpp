// [app] and [[setup]].
#include <algorithm>
#include <charconv>
#include <optional>

#include "conf/names.hpp"
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice restarts[] = {{"always", static_cast<int>(Restart::always)},
                               {"on_failure", static_cast<int>(Restart::on_failure)},
                               {"never", static_cast<int>(Restart::never)}};

std::optional<std::uint64_t> limit_value(std::string_view text) {
    if (text == "unlimited") return unlimited;
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
    return value;
}

// 1024, "1024", "unlimited", "100:200", "100:unlimited"
std::optional<Limit> limit_at(const Node& node) {
    if (node.kind == Kind::integer && node.number >= 0) {
        const auto value = static_cast<std::uint64_t>(node.number);
        return Limit{value, value};
    }
    if (node.kind != Kind::string) return std::nullopt;
    const std::string_view text = node.text;
    const std::size_t colon = text.find(':');
    const auto soft = limit_value(text.substr(0, colon));
    const auto hard = colon == std::string_view::npos ? soft : limit_value(text.substr(colon + 1));
    if (!soft || !hard) return std::nullopt;
    return Limit{*soft, *hard};
}

void read_limits(const Site& site, std::map<std::string, Limit>& out) {
    if (site.node.kind != Kind::table) return site.expected(site.node, "a table of limits");
    const std::vector<std::string_view> names = limit_names();
    for (const Node& item : site.node.items) {
        const std::optional<Limit> limit = limit_at(item);
        if (std::find(names.begin(), names.end(), item.key) == names.end()) {
            site.fail(item, cat({"unknown limit ", quoted(item.key), did_you_mean(item.key, names)}));
        } else if (!limit) {
            site.fail(item, cat({item.key, " must be a number, \"unlimited\" or \"SOFT:HARD\" of these"}));
        } else if (limit->soft > limit->hard) {
            site.fail(item, cat({item.key, ": the soft limit is above the hard one; write SOFT:HARD"}));
        } else {
            out[item.key] = *limit;
        }
    }
}

bool capability_at(const Site& site, const Node& at, std::string& out) {
    std::string name;
    if (!name_at(site, at, name)) return false;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (name.compare(0, 4, "cap_") == 0) name.erase(0, 4);
    const std::vector<std::string_view> names = capability_names();
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        site.fail(at, cat({"unknown capability ", quoted(at.text), did_you_mean(name, names)}));
        return false;
    }
    out = std::move(name);
    return true;
}

void read_capabilities(const Site& site, std::optional<Strings>& out) {
    if (site.node.kind != Kind::array) return site.expected(site.node, "an array of strings");
    Strings names;
    bool good = true;
    for (const Node& item : site.node.items) good = capability_at(site, item, names.emplace_back()) && good;
    if (good) out = std::move(names);
}

constexpr Field app_fields[] = {
    field<&App::command, read_argv>("command"),
    field<&App::cwd, read_path>("cwd"),
    field<&App::user, read_account>("user", On::all, 0, UINT32_MAX - 1),
    field<&App::group, read_account>("group", On::all, 0, UINT32_MAX - 1),
    field<&App::env, read_environment>("env"),
    field<&App::env_files, read_paths>("env_files"),
    field<&App::clear_env, read_boolean>("clear_env"),
    field<&App::umask, read_octal>("umask"),
    field<&App::limits, read_limits>("limits"),
    field<&App::stdin_from, read_stream>("stdin"),
    field<&App::stdout_to, read_stream>("stdout"),
    field<&App::stderr_to, read_stream>("stderr"),
    field<&App::nice, read_int>("nice", On::all, -20, 19),
    field<&App::no_new_privs, read_boolean>("no_new_privs", On::linux_os),
    field<&App::capabilities, read_capabilities>("capabilities", On::linux_os),
    choice<&App::restart>("restart", restarts),
    field<&App::backoff, read_duration>("backoff", On::all, 1),
    field<&App::max_backoff, read_duration>("max_backoff", On::all, 1),
    field<&App::reset_after, read_duration>("reset_after"),
    field<&App::max_restarts, read_unsigned>("max_restarts", On::all, 0, 1'000'000),
    field<&App::restart_window, read_duration>("restart_window", On::all, 1),
    field<&App::stop_signal, read_signal>("stop_signal"),
    field<&App::stop_timeout, read_duration>("stop_timeout"),
    field<&App::success_exit_codes, read_codes>("success_exit_codes", On::all, 0, 255),
};

constexpr Field setup_fields[] = {
    field<&Setup::command, read_argv>("command"),
    field<&Setup::env, read_environment>("env"),
    field<&Setup::timeout, read_duration>("timeout"),
    field<&Setup::optional, read_boolean>("optional"),
    field<&Setup::parallel, read_boolean>("parallel", On::linux_os),
};

void check_setup(Report& report, const Node& node, std::string_view path, void*) {
    if (find(&node, "command") == nullptr) report.add(node, cat({path, ": command is missing"}));
}

}  // namespace

void read_app(Report& report, const Node& node, std::string_view path, Config& config) {
    read_table(report, node, path, app_fields, &config.app);
}

void read_setup(Report& report, const Node& node, std::string_view path, Config& config) {
    config.setup.clear();
    const auto append = [](Config& to) -> void* { return &to.setup.emplace_back(); };
    read_list(report, node, path, {setup_fields, append, check_setup}, config);
}

}  // namespace conf
