#include "plumb/illumos_files.hpp"

#include <algorithm>

#include "conf/text.hpp"
#include "plumb/illumos_planning.hpp"

namespace plumb {

namespace {

constexpr const char* core = "SUNWcs";
constexpr const char* no_address = "no address can be set and no lease taken; what needs no network works";

constexpr IllumosFile files[] = {
    {"/etc/fs/ufs/mount", core, "the root stays read-only; tmpfs file systems can be written to"},
    {"/sbin/autopush", core, "the console does no line editing; output and everything else work"},
    {"/etc/iu.ap", "any illumos system", "the console does no line editing; output and everything else work"},
    {"/sbin/soconfig", core, "no program can open a socket; what needs no network works"},
    {"/usr/sbin/devfsadm", core, "links without a node in /dev are not found; those that have one work"},
    {"/sbin/dlmgmtd", core, "dladm does not work, nor links without a node in /dev; those that have one work"},
    {"/lib/inet/ipmgmtd", core, no_address},
    {"/sbin/ifconfig", core, no_address},
    {"/sbin/route", core, "only the networks of the interfaces themselves are reached"},
    {"/sbin/dhcpagent", core, "no lease can be taken; static addresses work"},
    {"/sbin/dhcpinfo", core, "name servers and host name of the lease are not taken over; its address and routes are"},
    {"/etc/dhcp/inittab", core, "no lease can be taken; static addresses work"},
    {"/usr/lib/inet/in.ndpd", "system/network/routing",
     "no address comes from router advertisements; static and link-local ones work"},
    {"/etc/nsswitch.conf", core, "names are not looked up in DNS"},
};

}  // namespace

std::span<const IllumosFile> illumos_files() {
    return files;
}

bool image_lacks(const Facts& facts, std::string_view path) {
    return !facts.files.empty() && !has_file(facts, path);
}

bool check_file(Planner& p, std::string_view path, bool required) {
    if (!image_lacks(p.facts, path)) return true;
    const auto said = [&](const std::string& line) { return line.starts_with(path); };
    if (std::any_of(p.plan.problems.begin(), p.plan.problems.end(), said)) return false;
    if (!required && std::any_of(p.plan.notes.begin(), p.plan.notes.end(), said)) return false;
    if (required) std::erase_if(p.plan.notes, said);
    auto& list = required ? p.plan.problems : p.plan.notes;
    const auto file = std::find_if(std::begin(files), std::end(files), [&](const auto& f) { return f.path == path; });
    const bool known = file != std::end(files);
    list.push_back(fill(
        "% is not in the image (to be had from %): %",
        {path, known ? file->package : "an illumos system", known ? file->without : "its step cannot be carried out"}));
    return false;
}

Step* run_step(Planner& p, const char* text, Words arguments, std::string_view reason, bool required) {
    Command command;
    command.argv = conf::split_kernel_words(fill(text, arguments));
    if (!check_file(p, command.argv.front(), required) && !required) return nullptr;
    return &p.run(std::move(command), reason, required, std::chrono::seconds{30});
}

}  // namespace plumb
