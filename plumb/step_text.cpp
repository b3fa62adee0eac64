// Steps in words: as commands, as objects of messages.
#include <string>

#include "conf/text.hpp"
#include "plumb/concat.hpp"
#include "plumb/plan.hpp"

namespace plumb {

namespace {

std::string quoted(const std::string& word) {
    return conf::shell_quote({word});
}

// printf's format of a text: what a shell's single quotes and printf would eat is escaped.
std::string printf_format(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '%' || c == '\\') {
            out += c;
            out += c;
        } else if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::string octal_text(std::uint32_t mode) {
    std::string out;
    for (int shift = 9; shift >= 0; shift -= 3) out += static_cast<char>('0' + ((mode >> shift) & 7));
    return out;
}

struct CommandText {
    conf::Platform platform;

    bool illumos() const { return platform == conf::Platform::illumos; }

    std::string operator()(const MakeDir& a) const {
        return concat({"mkdir -p -m ", octal_text(a.mode), " ", quoted(a.path)});
    }
    std::string operator()(const Symlink& a) const { return concat({"ln -s ", quoted(a.target), " ", quoted(a.path)}); }
    std::string operator()(const Mount& a) const {
        std::string text;
        if (a.mkdir) append(text, {"mkdir -p ", quoted(a.target), " && "});
        text += "mount";
        if (!a.type.empty()) append(text, {illumos() ? " -F " : " -t ", quoted(a.type)});
        if (!a.options.empty()) append(text, {" -o ", quoted(a.options)});
        if (!a.source.empty()) append(text, {" ", quoted(a.source)});
        append(text, {" ", quoted(a.target)});
        return text;
    }
    std::string operator()(const Hostname& a) const {
        return concat({illumos() ? "uname -S " : "hostname ", quoted(a.name)});
    }
    std::string operator()(const LoadModule& a) const {
        return concat({"modprobe ", a.name, a.parameters.empty() ? "" : " ", a.parameters});
    }
    std::string operator()(const WriteFile& a) const {
        const bool dash = a.text.starts_with('-');
        const bool plain = a.text.find('\\') == std::string::npos && !dash;
        const bool one_line = !a.text.empty() && a.text.find('\n') + 1 == a.text.size();
        std::string text;
        if (plain && one_line)
            append(text, {"echo ", quoted(a.text.substr(0, a.text.size() - 1))});
        else
            append(text, {dash ? "printf -- " : "printf ", printf_format(a.text)});
        append(text, {" > ", quoted(a.path)});
        return text;
    }
    std::string operator()(const LinkUp& a) const {
        std::string text = fill("ip link set dev %", {nic_text(a.nic)});
        if (a.mtu != 0) append(text, {" mtu ", std::to_string(a.mtu)});
        text += " up";
        if (a.carrier.count() > 0) append(text, {"  # then wait ", conf::duration_text(a.carrier), " for the carrier"});
        return text;
    }
    std::string operator()(const Address& a) const { return fill("ip addr add % dev %", {a.address, nic_text(a.nic)}); }
    std::string operator()(const Route& a) const {
        const bool ipv6 = a.gateway.find(':') != std::string::npos || a.destination.find(':') != std::string::npos;
        return concat({ipv6 ? "ip -6 route add " : "ip route add ", a.destination, a.gateway.empty() ? "" : " via ",
                       a.gateway, " dev ", nic_text(a.nic)});
    }
    std::string operator()(const CtrlAltDel&) const { return "sysctl -w kernel.ctrl-alt-del=0"; }
    std::string operator()(const Command& a) const {
        std::string text;
        for (const auto& [name, value] : a.env) append(text, {assignment_text(name, value), " "});
        return text + conf::shell_quote(a.argv);
    }
    std::string operator()(const DhcpLease& a) const {
        std::string text;
        if (a.resolver)
            text = fill(
                "{ echo search $(/sbin/dhcpinfo -i % DNSdmain); for s in $(/sbin/dhcpinfo -i % DNSserv); "
                "do echo nameserver $s; done; } > /etc/resolv.conf",
                {a.nic, a.nic});
        if (a.hostname) append(text, {text.empty() ? "" : "; ", "uname -S $(/sbin/dhcpinfo -i ", a.nic, " Hostname)"});
        return text;
    }
};

constexpr std::string_view step_names[] = {"make directory", "make link", "mount",    "set host name",
                                           "load module",    "write",     "bring up", "add address",
                                           "add route",      "catch",     "run",      "take from DHCP"};
static_assert(std::size(step_names) == std::variant_size_v<Action>);

// Where the object is one word of the step; else null.
const std::string* object_of(const Action& action) {
    if (const auto* a = std::get_if<MakeDir>(&action)) return &a->path;
    if (const auto* a = std::get_if<Symlink>(&action)) return &a->path;
    if (const auto* a = std::get_if<Mount>(&action)) return &a->target;
    if (const auto* a = std::get_if<Hostname>(&action)) return &a->name;
    if (const auto* a = std::get_if<LoadModule>(&action)) return &a->name;
    if (const auto* a = std::get_if<WriteFile>(&action)) return &a->path;
    if (const auto* a = std::get_if<DhcpLease>(&action)) return &a->nic;
    return nullptr;
}

}  // namespace

std::string command_text(const Action& action, conf::Platform platform) {
    return std::visit(CommandText{platform}, action);
}

std::string object_text(const Action& action) {
    if (const std::string* object = object_of(action)) return *object;
    if (const auto* a = std::get_if<LinkUp>(&action)) return nic_text(a->nic);
    if (const auto* a = std::get_if<Address>(&action)) return concat({a->address, " to ", nic_text(a->nic)});
    if (const auto* a = std::get_if<Route>(&action))
        return concat({a->destination, a->gateway.empty() ? "" : " via ", a->gateway, " on ", nic_text(a->nic)});
    const auto* command = std::get_if<Command>(&action);
    return command != nullptr ? conf::shell_quote(command->argv) : "ctrl-alt-del";
}

std::string_view step_name(const Action& action) {
    const auto* mount = std::get_if<Mount>(&action);
    return mount != nullptr && mount->options.starts_with("remount") ? "remount" : step_names[action.index()];
}

std::string nic_text(const NicMatch& nic) {
    if (nic.driver.empty() && nic.mac.empty()) return nic.name;
    std::string text;
    const auto word = [&](const char* key, const std::string& value) {
        if (!value.empty()) append(text, {text.empty() ? "" : " ", key, value});
    };
    word("name=", nic.name);
    word("driver=", nic.driver);
    word("mac=", nic.mac);
    return text;
}

// The name is never quoted: the shell would take the word for a command.
std::string assignment_text(const std::string& name, const std::string& value) {
    return concat({name, "=", value.empty() ? std::string() : quoted(value)});
}

}  // namespace plumb
