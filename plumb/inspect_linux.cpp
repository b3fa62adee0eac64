#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/address.hpp"
#include "plumb/concat.hpp"
#include "plumb/descendants_linux.hpp"
#include "plumb/inspect.hpp"
#include "plumb/netlink_linux.hpp"
#include "plumb/nics_linux.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

std::string text_of(std::int32_t pid, const char* file) {
    auto text = read_file(concat({"/proc/", std::to_string(pid), file}), 65536);
    return text.has_error() ? std::string() : std::move(*text);
}

// The number behind the first `name` of text; 0 where there is none.
std::uint64_t number_after(std::string_view text, std::string_view name) {
    std::size_t at = text.find(name);
    if (at == std::string_view::npos) return 0;
    at = text.find_first_not_of(' ', at + name.size());
    if (at == std::string_view::npos) return 0;
    std::uint64_t number = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), number);
    return number;
}

void look_at(const char* pid, std::vector<SeenProcess>& out) {
    const auto text = read_file(concat({"/proc/", pid, "/stat"}), 8192);
    if (text.has_error()) return;  // it has ended
    const auto process = parse_process(*text);
    if (!process) return;
    SeenProcess seen{process->pid, process->parent, process->state, {}};
    const std::size_t open = text->find(" (") + 2;
    text->copy(seen.name.data(), std::min(seen.name.size() - 1, text->rfind(") ") - open), open);
    out.push_back(seen);
}

// " 10.0.2.15/24" where the message is of the interface.
void take_address(const NetlinkMessage& message, int index, std::string& out) {
    const auto body = message.body<ifaddrmsg>();
    if (message.type != RTM_NEWADDR || static_cast<int>(body.ifa_index) != index) return;
    std::string_view bytes;
    Attributes attributes = message.attributes<ifaddrmsg>();
    // Of a point-to-point link IFA_ADDRESS is the other side; IPv6 has only that, and then it is our own.
    while (attributes.next())
        if (attributes.type() == IFA_LOCAL || (attributes.type() == IFA_ADDRESS && bytes.empty()))
            bytes = attributes.bytes();
    out += fill(" %/%", {conf::address_text(bytes), std::to_string(static_cast<int>(body.ifa_prefixlen))});
}

}  // namespace

// The mount namespace comes last, as with it /proc is theirs.
bool look_from_within(std::int32_t pid) {
    for (const char* name : {"/ns/net", "/ns/mnt"}) {
        const Descriptor theirs(::open(concat({"/proc/", std::to_string(pid), name}).c_str(), O_RDONLY | O_CLOEXEC));
        if (!theirs.valid() || ::setns(theirs.get(), 0) != 0) return false;
    }
    return true;
}

std::vector<SeenProcess> inspect_processes() {
    std::vector<SeenProcess> out;
    DIR* const directory = ::opendir("/proc");
    if (directory == nullptr) return out;
    while (const dirent* entry = ::readdir(directory))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') look_at(entry->d_name, out);
    ::closedir(directory);
    return out;
}

Memory inspect_memory(std::int32_t pid) {
    const std::string rollup = text_of(pid, "/smaps_rollup");
    if (!rollup.empty())
        return {number_after(rollup, "\nRss:"), number_after(rollup, "\nPss:"),
                number_after(rollup, "\nPrivate_Dirty:")};
    const auto page_kb = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    return {number_after(text_of(pid, "/statm"), " ") * page_kb, 0, 0};
}

std::string program_of(std::int32_t pid) {
    return link_target(concat({"/proc/", std::to_string(pid), "/exe"}));
}

std::string inspect_interfaces() {
    std::string out;
    const auto links = list_links();
    if (links.has_error()) return out;
    for (const Link& link : *links) {
        const bool carrier = (link.flags & IFF_LOWER_UP) != 0;
        append(out, {link.nic.name, (link.flags & IFF_UP) == 0 ? " down" : carrier ? " up" : " no-carrier"});
        NetlinkSocket socket(NETLINK_ROUTE);
        NetlinkRequest request(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{});
        if (socket.valid())
            socket.query(request, [&](const NetlinkMessage& message) { take_address(message, link.index, out); });
        out += '\n';
    }
    return out;
}

}  // namespace plumb
