#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>

#include "conf/text.hpp"
#include "init/signals.hpp"
#include "init/supervisor.hpp"

namespace init {

namespace {

using conf::EndAction;
using Meanings = std::array<Meaning, signal_count>;

struct Entry {
    std::int32_t signal;
    Meaning meaning;
};

// INT: ctrl-alt-del; PWR: the power fails; USR1, USR2, TERM: BusyBox's halt, poweroff and reboot; RTMIN+3: what
// container managers and `systemctl --machine poweroff` send; RTMIN+4 and +5: systemd's and LXC's power off and reboot.
constexpr Entry machine_entries[] = {
    {sig_int, Meaning::reboot},   {sig_term, Meaning::reboot},        {sig_rtmin + 5, Meaning::reboot},
    {sig_pwr, Meaning::poweroff}, {sig_usr2, Meaning::poweroff},      {sig_rtmin + 3, Meaning::poweroff},
    {sig_usr1, Meaning::halt},    {sig_rtmin + 4, Meaning::poweroff}, {sig_hup, Meaning::reload},
};

constexpr Entry container_entries[] = {
    {sig_term, Meaning::stop},      {sig_int, Meaning::stop},       {sig_pwr, Meaning::stop},
    {sig_rtmin + 3, Meaning::stop}, {sig_rtmin + 4, Meaning::stop}, {sig_rtmin + 5, Meaning::stop},
};

// CHLD is ours; TTIN and TTOU are what the kernel sends us, as a background process of the terminal that the
// application has, and forwarded they would stop it for good. KILL and STOP cannot be received.
constexpr std::int32_t never_forwarded[] = {sig_chld, sig_ttin, sig_ttou, sig_kill, sig_stop};

void set(Meanings& table, const Entry& entry) {
    table[static_cast<std::size_t>(entry.signal)] = entry.meaning;
}

void forward_all(Meanings& table) {
    table.fill(Meaning::forward);
    table[0] = Meaning::ignore;
    for (std::int32_t signal : never_forwarded) set(table, {signal, Meaning::ignore});
}

// As long as init(8) gives the entries of inittab (TWARN).
constexpr std::uint32_t rest_grace_ms = 5'000;

std::uint32_t to_ms(conf::Milliseconds value) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.count(), 0, most));
}

void take_app(Policy& policy, const conf::App& app) {
    policy.restart = app.restart;
    policy.backoff_ms = to_ms(app.backoff);
    policy.max_backoff_ms = to_ms(app.max_backoff);
    policy.reset_after_ms = to_ms(app.reset_after);
    policy.max_restarts = app.max_restarts;
    policy.restart_window_ms = to_ms(app.restart_window);
    policy.stop_timeout_ms = to_ms(app.stop_timeout);
    policy.stop_signal = app.stop_signal;
    policy.success_codes.reset();
    for (int code : app.success_exit_codes) {
        if (code >= 0 && code < 256) policy.success_codes.set(static_cast<std::size_t>(code));
    }
}

void take_ends(Policy& policy, const conf::Config& config, conf::Role role) {
    const bool machine = role == conf::Role::machine;
    const EndAction usual = machine ? EndAction::poweroff : EndAction::exit;
    const EndAction after_failure = machine && config.rescue.on_app_failure ? EndAction::rescue : usual;
    policy.on_success = config.end.success == EndAction::automatic ? usual : config.end.success;
    policy.on_failure = config.end.failure == EndAction::automatic ? after_failure : config.end.failure;
}

std::int32_t remapped(const Policy& policy, std::int32_t code) {
    const bool to_zero = code >= 0 && code < 256 && policy.remap_to_zero[static_cast<std::size_t>(code)];
    return to_zero ? 0 : code;
}

// ---- the table in words ----

std::string words_for(const Policy& policy, std::int32_t signal) {
    const auto index = static_cast<std::size_t>(signal);
    const std::int32_t sent = policy.rewrite[index];
    switch (policy.meaning[index]) {
        case Meaning::ignore:
            return "ignored";
        case Meaning::stop:
            return "stop the application, then exit with its status";
        case Meaning::poweroff:
            return "stop the application, then power off";
        case Meaning::reboot:
            return "stop the application, then reboot";
        case Meaning::halt:
            return "stop the application, then halt";
        case Meaning::reload:
            return "read the configuration again";
        case Meaning::forward:
            break;
    }
    if (sent == 0) return "dropped";
    std::string words = "forwarded to the application";
    if (policy.to_group) words += "'s process group";
    if (sent != signal) words += " as " + conf::signal_name(sent);
    return words;
}

// 32 and 33 are the C libraries' own: nobody sends them.
bool worth_telling(std::int32_t signal) {
    return signal != sig_kill && signal != sig_stop && (signal < 32 || signal >= sig_rtmin);
}

using Row = std::pair<std::string, std::string>;  // signals, what they do
constexpr std::size_t most_named = 12;

struct Group {
    Row row;
    std::size_t members = 0;
};

void tell(std::vector<Group>& groups, std::int32_t signal, const std::string& words) {
    auto is_same = [&](const Group& group) { return group.row.second == words; };
    auto group = std::find_if(groups.begin(), groups.end(), is_same);
    if (group == groups.end()) group = groups.insert(groups.end(), Group{{"", words}, 0});
    std::string& names = group->row.first;
    if (++group->members > most_named) {
        names = "all others";
    } else {
        if (!names.empty()) names += ' ';
        names += conf::signal_name(signal);
    }
}

}  // namespace

std::optional<conf::EndAction> end_asked(Meaning meaning) {
    switch (meaning) {
        case Meaning::stop:
            return conf::EndAction::exit;
        case Meaning::poweroff:
            return conf::EndAction::poweroff;
        case Meaning::reboot:
            return conf::EndAction::reboot;
        case Meaning::halt:
            return conf::EndAction::halt;
        case Meaning::ignore:
        case Meaning::forward:
        case Meaning::reload:
            break;
    }
    return {};
}

Meanings meanings(conf::Role role, bool forward_only) {
    Meanings table{};
    if (forward_only) {
        forward_all(table);
    } else if (role == conf::Role::machine) {
        for (const Entry& entry : machine_entries) set(table, entry);
    } else {
        forward_all(table);
        for (const Entry& entry : container_entries) set(table, entry);
    }
    return table;
}

Policy make_policy(const conf::Config& config, conf::Role role, bool forward_only) {
    Policy policy;
    take_app(policy, config.app);
    if (config.inittab.honour) policy.rest_grace_ms = rest_grace_ms;
    take_ends(policy, config, role);
    policy.meaning = meanings(role, forward_only);
    policy.forward_only = forward_only;
    for (std::size_t i = 0; i < policy.rewrite.size(); ++i) policy.rewrite[i] = static_cast<std::uint8_t>(i);
    if (forward_only) {
        policy.restart = conf::Restart::never;
        policy.on_success = policy.on_failure = EndAction::exit;
    }
    return policy;
}

const char* end_words(EndAction action) {
    switch (action) {
        case EndAction::automatic:
            break;
        case EndAction::poweroff:
            return "power off";
        case EndAction::reboot:
            return "reboot";
        case EndAction::halt:
            return "halt";
        case EndAction::exit:
            return "exit";
        case EndAction::rescue:
            return "start the rescue shell";
    }
    return "end";
}

std::vector<Row> signal_table(const Policy& policy) {
    std::vector<Group> groups;
    for (std::int32_t signal = 1; signal < signal_count; ++signal) {
        if (worth_telling(signal)) tell(groups, signal, words_for(policy, signal));
    }
    // What is named, then "all others", then what is ignored.
    auto place = [](const Group& group) {
        if (group.row.second == "ignored") return 2;
        return group.members > most_named ? 1 : 0;
    };
    std::vector<Row> rows;
    for (int wanted = 0; wanted <= 2; ++wanted) {
        for (const Group& group : groups) {
            if (place(group) == wanted) rows.push_back(group.row);
        }
    }
    return rows;
}

std::int32_t exit_code_for(const Policy& policy, const Exited& exited) {
    return remapped(policy, exited.signal != 0 ? 128 + exited.signal : exited.code);
}

std::int32_t exit_code_for(const Policy&, const SpawnFailed& failed) {
    if (failed.stage == nullptr || std::string_view(failed.stage) != "exec") return 125;
    return failed.error == ENOENT ? 127 : 126;
}

}  // namespace init
