// Signals and ends in words, for the plan and for messages.
#include <algorithm>
#include <string_view>

#include "conf/text.hpp"
#include "init/signals.hpp"
#include "init/supervisor.hpp"
#include "plumb/concat.hpp"

namespace init {

namespace {

std::string words_for(const Policy& policy, std::int32_t signal) {
    const auto index = static_cast<std::size_t>(signal);
    const std::int32_t sent = policy.rewrite[index];
    switch (policy.meaning[index]) {
        case Meaning::ignore:
            return "ignored";
        case Meaning::stop:
            if (policy.stays) return "stop the application, then stay: SIGHUP starts it again";
            return "stop the application, then exit with its status";
        case Meaning::poweroff:
            return "stop the application, then power off";
        case Meaning::reboot:
            return "stop the application, then reboot";
        case Meaning::halt:
            return "stop the application, then halt";
        case Meaning::reload:
            return "read the configuration again";
        case Meaning::control:
            return "make the control socket anew where it was deleted, else as SIGRTMIN+13";
        case Meaning::run_level:
            return "ignored: it asks init for a run level (1 to 4, s, a, b, c), and there are none here";
        case Meaning::forward:
            break;
    }
    if (sent == 0) return "dropped";
    const bool other = sent != signal;
    return plumb::concat({"forwarded to the application", policy.to_group ? "'s process group" : "",
                          other ? " as " : "", other ? conf::signal_name(sent) : std::string()});
}

// 32 and 33 are the C libraries' own: nobody sends them. SIGEMT is there only where it means something.
bool worth_telling(const Policy& policy, std::int32_t signal) {
    if (signal == sig_emt) return policy.meaning[sig_emt] != Meaning::ignore;
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
    if (group == groups.end()) {
        groups.emplace_back().row.second = words;
        group = groups.end() - 1;
    }
    std::string& names = group->row.first;
    if (++group->members > most_named) {
        names = "all others";
    } else {
        if (!names.empty()) names += ' ';
        names += conf::signal_name(signal);
    }
}

struct RunLevel {
    std::int32_t signal;
    const char* name;
};
constexpr RunLevel run_levels[] = {{sig_quit, "1"}, {sig_ill, "2"},  {sig_trap, "3"}, {sig_abrt, "4"},
                                   {sig_bus, "s"},  {sig_segv, "a"}, {sig_sys, "b"},  {sig_pipe, "c"}};

}  // namespace

const char* end_words(conf::EndAction action, bool stays) {
    switch (action) {
        case conf::EndAction::automatic:
            break;
        case conf::EndAction::poweroff:
            return "power off";
        case conf::EndAction::reboot:
            return "reboot";
        case conf::EndAction::halt:
            return "halt";
        case conf::EndAction::exit:
            return stays ? "stay" : "exit";
        case conf::EndAction::rescue:
            return "start the rescue shell";
    }
    return "end";
}

const char* run_level_of(std::int32_t signal) {
    for (const RunLevel& level : run_levels)
        if (level.signal == signal) return level.name;
    return "";
}

std::vector<Row> signal_table(const Policy& policy) {
    std::vector<Group> groups;
    for (std::int32_t signal = 1; signal < signal_count; ++signal) {
        if (worth_telling(policy, signal)) tell(groups, signal, words_for(policy, signal));
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

}  // namespace init
