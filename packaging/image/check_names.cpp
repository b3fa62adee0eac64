// Whether names of hosts can be looked up.
#include <algorithm>
#include <array>

#include "conf/address.hpp"
#include "packaging/image/checks.hpp"

namespace image {
namespace {

constexpr const char* resolver = "/etc/resolv.conf";
constexpr const char* hosts = "/etc/hosts";

Strings words_of(const std::string& line) {
    std::string bare = line.substr(0, line.find_first_of("#;"));
    std::replace(bare.begin(), bare.end(), '\t', ' ');
    return split(bare, ' ');
}

class Names {
public:
    Names(const Subject& subject, Findings& findings) : subject_(subject), tree_(subject.tree()), findings_(findings) {}

    void run(const std::set<std::string>& imports) {
        static constexpr std::array lookups{"getaddrinfo", "gethostbyname", "gethostbyname_r", "gethostbyname2"};
        const bool asks =
            std::any_of(lookups.begin(), lookups.end(), [&](const char* each) { return imports.contains(each); });
        const conf::Dns& dns = subject_.config().dns;
        // A container's are its runtime's; with [dns] mvinit writes the file.
        if (subject_.is_machine() && dns.servers.empty() && dns.search.empty()) resolv_conf(asks);
        hosts_file();
    }

private:
    void warn(const char* id, const std::string& what, const char* path, const std::string& remedy,
              const Place& place = {}) {
        findings_.add({conf::Severity::warning, id, what, path, place, remedy});
    }

    bool reaches_others() const {
        const auto& list = subject_.config().interfaces;
        return std::any_of(list.begin(), list.end(),
                           [](const conf::Interface& each) { return !each.gateways.empty(); });
    }

    void resolv_conf(bool asks) {
        const Walk way = tree_.walk(resolver);
        const std::optional<std::string> text = tree_.read(resolver);
        if (!text && !way.links.empty())
            return warn("resolv-conf", std::string(resolver) + " leads to " + way.path + ", which is not in the image",
                        resolver, "set dns.servers, or make it a file");
        if (!text) {
            if (asks && reaches_others())
                warn("resolv-conf",
                     std::string("the application looks up names of hosts, and there is neither dns.servers nor ") +
                         resolver,
                     resolver, "set dns.servers", subject_.settings.place("interface", "gateway", 0));
            return;
        }
        servers(*text);
    }

    void servers(const std::string& text) {
        std::size_t count = 0;
        for (const std::string& line : split(text, '\n')) {
            const Strings words = words_of(line);
            // The C libraries look for the word at the very beginning of a line.
            if (words.empty() || words[0] != "nameserver" || !line.starts_with(words[0])) continue;
            ++count;
            const std::string address = words.size() < 2 ? "" : words[1].substr(0, words[1].find('%'));
            if (!conf::parse_address(address))
                warn("resolv-conf", std::string(resolver) + ": '" + address + "' is no address of a name server",
                     resolver, "write an address behind nameserver");
            else if (address.starts_with("127.0.0.53"))
                warn("resolv-conf",
                     std::string(resolver) + " asks 127.0.0.53, where systemd-resolved answers, and here nobody does",
                     resolver, "set dns.servers, or write the address of a real name server");
        }
        if (count == 0)
            warn("resolv-conf", std::string(resolver) + " names no name server", resolver, "set dns.servers");
    }

    void hosts_file() {
        const std::string text = tree_.read(hosts).value_or("");
        bool localhost = false;
        for (const std::string& line : split(text, '\n')) {
            const Strings words = words_of(line);
            if (words.empty()) continue;
            const std::string address = words[0].substr(0, words[0].find('%'));
            if (!conf::parse_address(address))
                warn("hosts", std::string(hosts) + ": '" + words[0] + "' is no address", hosts,
                     "begin each line with an address");
            else if (words.size() == 1)
                warn("hosts", std::string(hosts) + ": '" + words[0] + "' has no name", hosts,
                     "write names behind the address, or take the line out");
            localhost = localhost || std::find(words.begin() + 1, words.end(), "localhost") != words.end();
        }
        if (localhost || !subject_.is_machine()) return;
        if (const std::optional<Place> place = mentioned())
            warn("hosts", "localhost is named here, and " + std::string(hosts) + " does not tell its address", hosts,
                 "add \"127.0.0.1 localhost\" to it, or write 127.0.0.1", *place);
    }

    // Where the configuration itself names localhost.
    std::optional<Place> mentioned() const {
        const conf::App& app = subject_.config().app;
        const auto names = [](const std::string& text) { return text.find("localhost") != std::string::npos; };
        for (std::size_t index = 0; index < app.command.size(); ++index)
            if (names(app.command[index]))
                return subject_.settings.place("app", "command", -1, static_cast<int>(index));
        for (const auto& [name, value] : app.env)
            if (names(value)) return subject_.settings.place("app", subject_.settings.env_key(name));
        return std::nullopt;
    }

    const Subject& subject_;
    const Roots& tree_;
    Findings& findings_;
};

}  // namespace

void check_names(const Subject& subject, const std::set<std::string>& imports, Findings& findings) {
    Names(subject, findings).run(imports);
}

}  // namespace image
