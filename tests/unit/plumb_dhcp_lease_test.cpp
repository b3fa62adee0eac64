// What a lease says, taken over or left alone.
#include <doctest/doctest.h>

#include "fake_system.hpp"
#include "plumb/dhcp_lease.hpp"

using namespace plumb;
using tests::FakeSystem;

namespace {

struct Taken {
    std::vector<std::string> calls;
    std::string error;
};

Taken take(const DhcpLease& step, std::map<std::string, std::string> answers, std::size_t fail_at = 0) {
    FakeSystem system;
    system.answers = std::move(answers);
    system.fail_at = fail_at;
    system.failure = {"run", "dhcpinfo", 0, "exited with code 2", ""};
    const auto result = take_lease(step, system, std::chrono::seconds{30});
    return {system.calls, result ? "" : result.error().text};
}

const std::map<std::string, std::string> good{
    {"DNSserv", "10.0.2.3\n10.0.2.4\n"}, {"DNSdmain", "example.org\n"}, {"Hostname", "web\n"}};

}  // namespace

TEST_CASE("resolver_text takes addresses and a host name, and nothing else") {
    struct Row {
        std::string_view servers, domain, text;
    };
    const std::vector<Row> rows{
        {"10.0.2.3\n", "", "nameserver 10.0.2.3\n"},
        {"10.0.2.3\n10.0.2.4\n", "example.org\n", "search example.org\nnameserver 10.0.2.3\nnameserver 10.0.2.4\n"},
        {"10.0.2.3 fec0::3", "a", "search a\nnameserver 10.0.2.3\nnameserver fec0::3\n"},
        {"1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4", "", "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\n"},
        {"", "example.org", ""},
        {"\n", "\n", ""},
        {"evil options\n10.0.2.3", "a.b", "search a.b\nnameserver 10.0.2.3\n"},
        {"10.0.2.3/24", "a.b", ""},
        {"10.0.2.3", "a b", "search a\nnameserver 10.0.2.3\n"},
        {"10.0.2.3", "a;b", "nameserver 10.0.2.3\n"},
        {"10.0.2.3", "a..b", "nameserver 10.0.2.3\n"},
        {"10.0.2.3;10.0.2.4", "a", ""},
        {std::string_view("10.0.2.3\0 x", 11), "a", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.servers);
        CAPTURE(row.domain);
        CHECK(resolver_text(row.servers, row.domain) == row.text);
    }
}

TEST_CASE("host_name_in refuses what is no host name") {
    const std::string longest(64, 'a');
    const std::vector<std::pair<std::string, std::string>> rows{{"web\n", "web"},
                                                                {"  web.example.org \n", "web.example.org"},
                                                                {"web-1 more", "web-1"},
                                                                {longest, longest},
                                                                {longest + "a", ""},
                                                                {"", ""},
                                                                {"\n", ""},
                                                                {"-web", ""},
                                                                {"web-", ""},
                                                                {"web.", ""},
                                                                {".web", ""},
                                                                {"a..b", ""},
                                                                {"a.-b", ""},
                                                                {"a-.b", ""},
                                                                {"we_b", ""},
                                                                {"web;reboot", ""},
                                                                {"$(reboot)", ""},
                                                                {"w\xc3\xa9"
                                                                 "b",
                                                                 ""},
                                                                {"../../etc/passwd", ""}};
    for (const auto& [answer, name] : rows) {
        CAPTURE(answer);
        CHECK(host_name_in(answer) == name);
    }
}

TEST_CASE("a lease is asked for what the step wants, each question with its share of the deadline") {
    const auto both = take({"net0", true, true}, good);
    CHECK(both.error == "");
    CHECK(both.calls ==
          std::vector<std::string>{
              "output 10000ms /sbin/dhcpinfo -i net0 DNSserv", "output 10000ms /sbin/dhcpinfo -i net0 DNSdmain",
              "write_file /etc/resolv.conf search example.org\\nnameserver 10.0.2.3\\nnameserver 10.0.2.4\\n",
              "output 10000ms /sbin/dhcpinfo -i net0 Hostname", "set_hostname web"});
    const auto name = take({"net0", false, true}, good);
    CHECK(name.calls == std::vector<std::string>{"output 30000ms /sbin/dhcpinfo -i net0 Hostname", "set_hostname web"});
    const auto dns = take({"net0", true, false}, good);
    CHECK(dns.calls.size() == 3);
    CHECK(dns.calls[0] == "output 15000ms /sbin/dhcpinfo -i net0 DNSserv");
    CHECK(take({"net0", false, false}, good).calls.empty());
}

TEST_CASE("what the lease does not say is left alone, and told") {
    const auto none = take({"net0", true, true}, {});
    CHECK(none.calls.size() == 3);  // three questions, nothing done
    CHECK(none.error ==
          "DNSserv: the lease names no name server, /etc/resolv.conf is left as it is; Hostname: the lease has no "
          "usable host name: give [system] hostname");
    const auto bad = take({"net0", true, true}, {{"DNSserv", "10.0.2.3"}, {"Hostname", "no_name"}});
    CHECK(bad.calls.back() == "output 10000ms /sbin/dhcpinfo -i net0 Hostname");
    CHECK(bad.error.find("Hostname: the lease has no usable host name") == 0);
}

TEST_CASE("a call that fails costs its own part alone, whichever it is") {
    struct Row {
        std::size_t fail_at;
        bool resolver, hostname;
        std::string_view error;
    };
    const std::vector<Row> rows{{1, false, true, "DNSserv: run dhcpinfo: exited with code 2"},
                                {2, true, true, "DNSdmain: run dhcpinfo: exited with code 2"},
                                {3, true, true, "/etc/resolv.conf: run dhcpinfo: exited with code 2"},
                                {4, true, false, "Hostname: run dhcpinfo: exited with code 2"},
                                {5, true, true, "set host name: run dhcpinfo: exited with code 2"}};
    for (const auto& row : rows) {
        CAPTURE(row.fail_at);
        const auto taken = take({"net0", true, true}, good, row.fail_at);
        const auto called = [&](std::string_view start) {
            for (const auto& call : taken.calls)
                if (call.starts_with(start)) return true;
            return false;
        };
        CHECK(called("write_file /etc/resolv.conf") == row.resolver);
        CHECK(called("set_hostname web") == row.hostname);
        CHECK(taken.error == row.error);
    }
}
