// A System that does nothing but write down what it is asked, and that can fail the Nth call.
#pragma once

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "conf/text.hpp"
#include "plumb/system.hpp"

namespace tests {

class FakeSystem final : public plumb::System {
public:
    using Status = plumb::Result<void>;

    std::vector<std::string> calls;
    std::size_t fail_at = 0;  // the number of the call that fails, counted from 1; 0: none
    plumb::Error failure{"what", "object", ENODEV, "", "remedy"};

    Status make_dir(const plumb::MakeDir& a) override { return call("make_dir " + a.path); }
    Status make_symlink(const plumb::Symlink& a) override { return call("make_symlink " + a.path + " -> " + a.target); }
    Status mount(const plumb::Mount& a) override {
        return call("mount " + join({a.source, a.target, a.type, a.options}) + (a.mkdir ? " mkdir" : ""));
    }
    Status set_hostname(const plumb::Hostname& a) override { return call("set_hostname " + a.name); }
    Status load_module(const plumb::LoadModule& a) override {
        return call("load_module " + join({a.name, a.parameters}));
    }
    Status write_file(const plumb::WriteFile& a) override {
        return call("write_file " + a.path + " " + escaped(a.text));
    }
    plumb::Result<std::string> find_nic(const plumb::NicMatch& nic, plumb::Deadline deadline) override {
        if (auto status = call("find_nic " + plumb::nic_text(nic) + " " + text(deadline)); !status)
            return status.error();
        return {boost::system::in_place_value, nic.name.empty() ? "nic0" : nic.name};
    }
    Status set_mtu(const std::string& nic, std::uint32_t mtu) override {
        return call("set_mtu " + nic + " " + std::to_string(mtu));
    }
    Status link_up(const std::string& nic) override { return call("link_up " + nic); }
    Status wait_carrier(const std::string& nic, plumb::Deadline deadline) override {
        return call("wait_carrier " + nic + " " + text(deadline));
    }
    Status add_address(const std::string& nic, const std::string& address) override {
        return call("add_address " + nic + " " + address);
    }
    Status add_route(const std::string& nic, const plumb::Route& route) override {
        return call("add_route " + nic + " " + join({route.destination, route.gateway}));
    }
    Status ctrl_alt_del_signals() override { return call("ctrl_alt_del_signals"); }
    Status run(const plumb::Command& a, plumb::Deadline deadline) override {
        std::string env;
        for (const auto& [name, value] : a.env) env += name + "=" + value + " ";
        return call("run " + text(deadline) + " " + env + conf::join(a.argv, " "));
    }
    plumb::Result<std::string> output(const plumb::Command& a, plumb::Deadline deadline) override {
        if (auto status = call("output " + text(deadline) + " " + conf::join(a.argv, " ")); !status)
            return status.error();
        const auto answer = answers.find(a.argv.back());
        return {boost::system::in_place_value, answer == answers.end() ? std::string() : answer->second};
    }

    std::map<std::string, std::string> answers;  // of output(), by the command's last word

private:
    Status call(std::string line) {
        calls.push_back(std::move(line));
        if (calls.size() == fail_at) return failure;
        return {};
    }

    static std::string text(plumb::Deadline deadline) { return std::to_string(deadline.count()) + "ms"; }

    static std::string join(const std::vector<std::string>& words) {
        std::string line;
        for (const auto& word : words) line += (line.empty() ? "" : " ") + (word.empty() ? "-" : word);
        return line;
    }

    static std::string escaped(const std::string& text) {
        std::string line;
        for (const char c : text) line += c == '\n' ? std::string("\\n") : std::string(1, c);
        return line;
    }
};

}  // namespace tests
