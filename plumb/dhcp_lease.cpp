#include "plumb/dhcp_lease.hpp"

#include <algorithm>

#include "conf/address.hpp"
#include "plumb/concat.hpp"

namespace plumb {

namespace {

constexpr std::size_t most_servers = 3;  // MAXNS of <resolv.h>
constexpr std::size_t longest_name = 64;

std::string_view take_word(std::string_view& text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = std::min(text.find_first_not_of(blanks), text.size());
    const auto end = std::min(text.find_first_of(blanks, begin), text.size());
    const auto word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

bool is_host_name(std::string_view name) {
    if (name.empty() || name.size() > longest_name) return false;
    char before = '.';
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool edge = before == '.' || before == '-';
        if (!letter && c != '-' && c != '.') return false;
        if ((c == '.' && edge) || (c == '-' && before == '.')) return false;
        before = c;
    }
    return before != '.' && before != '-';
}

// Collects what went wrong, one error for all.
struct Asking {
    const DhcpLease& step;
    System& system;
    Deadline deadline;  // of one question
    std::string trouble{};

    void tell(std::string_view name, std::string_view what) {
        append(trouble, {trouble.empty() ? "" : "; ", name, ": ", what});
    }
    void check(std::string_view name, const Result<void>& done) {
        if (!done) tell(name, to_text(done.error()));
    }
    std::string ask(const char* name) {
        const auto answer = system.output(lease_question(step, name), deadline);
        if (answer) return *answer;
        tell(name, to_text(answer.error()));
        return {};
    }
};

void take_resolver(Asking& asking) {
    const std::string servers = asking.ask("DNSserv");
    const bool failed = !asking.trouble.empty();
    const std::string text = resolver_text(servers, failed ? std::string() : asking.ask("DNSdmain"));
    if (text.empty()) {
        if (!failed) asking.tell("DNSserv", "the lease names no name server, /etc/resolv.conf is left as it is");
        return;
    }
    asking.check("/etc/resolv.conf", asking.system.write_file({"/etc/resolv.conf", text}));
}

void take_hostname(Asking& asking) {
    const std::size_t before = asking.trouble.size();
    const std::string name = host_name_in(asking.ask("Hostname"));
    if (name.empty()) {
        if (asking.trouble.size() == before)
            asking.tell("Hostname", "the lease has no usable host name: give [system] hostname");
        return;
    }
    asking.check("set host name", asking.system.set_hostname({name}));
}

}  // namespace

std::string resolver_text(std::string_view servers, std::string_view domain) {
    std::string text;
    std::size_t count = 0;
    for (auto word = take_word(servers); !word.empty() && count < most_servers; word = take_word(servers)) {
        const auto address = conf::parse_address(word);
        if (!address || address->prefix >= 0) continue;
        append(text, {"nameserver ", word, "\n"});
        ++count;
    }
    const auto search = take_word(domain);
    if (text.empty() || !is_host_name(search)) return text;
    return concat({"search ", search, "\n", text});
}

std::string host_name_in(std::string_view answer) {
    const auto name = take_word(answer);
    return is_host_name(name) ? std::string(name) : std::string();
}

Command lease_question(const DhcpLease& step, const char* name) {
    return {{"/sbin/dhcpinfo", "-i", step.nic, name}, {}};
}

Result<void> take_lease(const DhcpLease& step, System& system, Deadline deadline) {
    const int questions = (step.resolver ? 2 : 0) + (step.hostname ? 1 : 0);
    if (questions == 0) return {};
    Asking asking{step, system, deadline / questions};
    if (step.resolver) take_resolver(asking);
    if (step.hostname) take_hostname(asking);
    if (asking.trouble.empty()) return {};
    return Error{"", "", 0, asking.trouble, ""};
}

}  // namespace plumb
