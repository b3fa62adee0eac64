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

// INT: ctrl-alt-del; PWR: the power fails; USR1, USR2, TERM: BusyBox's halt, poweroff and reboot, but sysvinit and
// systemd open what they are asked by (initctl, the bus) anew on USR1; RTMIN+3: what container managers and
// `systemctl --machine poweroff` send; RTMIN+4 and +5: systemd's and LXC's power off and reboot; RTMIN+13: systemd's
// halt at once.
constexpr Entry machine_entries[] = {
    {sig_int, Meaning::reboot},      {sig_term, Meaning::reboot},        {sig_rtmin + 5, Meaning::reboot},
    {sig_pwr, Meaning::poweroff},    {sig_usr2, Meaning::poweroff},      {sig_rtmin + 3, Meaning::poweroff},
    {sig_usr1, Meaning::control},    {sig_rtmin + 4, Meaning::poweroff}, {sig_hup, Meaning::reload},
    {sig_rtmin + 13, Meaning::halt},
};

// Run levels 0, 5, 6 and q, and a power failure (init(8)); SIGTERM is not among them.
constexpr Entry illumos_entries[] = {
    {sig_int, Meaning::halt},       {sig_emt, Meaning::poweroff},   {sig_pwr, Meaning::poweroff},
    {sig_fpe, Meaning::reboot},     {sig_hup, Meaning::reload},     {sig_quit, Meaning::run_level},
    {sig_ill, Meaning::run_level},  {sig_trap, Meaning::run_level}, {sig_abrt, Meaning::run_level},
    {sig_bus, Meaning::run_level},  {sig_segv, Meaning::run_level}, {sig_sys, Meaning::run_level},
    {sig_pipe, Meaning::run_level},
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

void forward_all(Meanings& table, conf::Platform platform) {
    table.fill(Meaning::forward);
    table[0] = Meaning::ignore;
    if (platform != conf::Platform::illumos) set(table, {sig_emt, Meaning::ignore});
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

void take_hooks(Policy& policy, const conf::Config& config) {
    for (const conf::Hook& hook : config.hooks) policy.hooks[static_cast<std::size_t>(hook.when)] = true;
    policy.ready_ms = to_ms(config.ready.timeout);
    policy.watchdog_ms = to_ms(config.watchdog.app);
    policy.health_failures = config.health.failures;
}

void take_ends(Policy& policy, const conf::Config& config, const plumb::Facts& facts) {
    const bool machine = facts.role == conf::Role::machine;
    const EndAction usual = machine ? EndAction::poweroff : EndAction::exit;
    const EndAction after_failure = machine && config.rescue.on_app_failure ? EndAction::rescue : usual;
    policy.on_success = config.end.success == EndAction::automatic ? usual : config.end.success;
    policy.on_failure = config.end.failure == EndAction::automatic ? after_failure : config.end.failure;
}

std::int32_t remapped(const Policy& policy, std::int32_t code) {
    const bool to_zero = code >= 0 && code < 256 && policy.remap_to_zero[static_cast<std::size_t>(code)];
    return to_zero ? 0 : code;
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
        case Meaning::control:
            return conf::EndAction::halt;
        case Meaning::ignore:
        case Meaning::forward:
        case Meaning::reload:
        case Meaning::run_level:
            break;
    }
    return {};
}

Meanings meanings(const plumb::Facts& facts, bool forward_only) {
    Meanings table{};
    const bool machine = facts.role == conf::Role::machine;
    if (forward_only) {
        forward_all(table, facts.platform);
    } else if (machine && facts.platform == conf::Platform::illumos) {
        for (const Entry& entry : illumos_entries) set(table, entry);
        // What halt, reboot and poweroff send to all of the zone but its init, which here is another.
        if (facts.start == plumb::Start::shim) set(table, {sig_term, Meaning::stop});
    } else if (machine) {
        for (const Entry& entry : machine_entries) set(table, entry);
    } else {
        forward_all(table, facts.platform);
        for (const Entry& entry : container_entries) set(table, entry);
    }
    return table;
}

Policy make_policy(const conf::Config& config, const plumb::Facts& facts, bool forward_only) {
    Policy policy;
    take_app(policy, config.app);
    take_hooks(policy, config);
    if (config.inittab.honour) policy.rest_grace_ms = rest_grace_ms;
    take_ends(policy, config, facts);
    policy.meaning = meanings(facts, forward_only);
    policy.stays = facts.start == plumb::Start::shim;
    policy.forward_only = forward_only;
    for (std::size_t i = 0; i < policy.rewrite.size(); ++i) policy.rewrite[i] = static_cast<std::uint8_t>(i);
    if (forward_only) {
        policy.restart = conf::Restart::never;
        policy.on_success = policy.on_failure = EndAction::exit;
    }
    return policy;
}

std::int32_t exit_code_for(const Policy& policy, const Exited& exited) {
    return remapped(policy, exited.signal != 0 ? 128 + exited.signal : exited.code);
}

std::int32_t exit_code_for(const Policy&, const SpawnFailed& failed) {
    if (failed.stage == nullptr || std::string_view(failed.stage) != "exec") return 125;
    return failed.error == ENOENT ? 127 : 126;
}

}  // namespace init
