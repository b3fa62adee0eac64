// What the kernel of illumos says of the machine or zone that we are in; illumos_facts.cpp makes sense of it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zone.h>

#include "plumb/contracts_illumos.hpp"
#include "plumb/illumos_facts.hpp"
#include "plumb/illumos_files.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

template <class T>
T zone_number(zoneid_t zone, int attribute) {
    T number = 0;
    return ::zone_getattr(zone, attribute, &number, sizeof number) < 0 ? T{0} : number;
}

std::string zone_brand(zoneid_t zone) {
    std::array<char, 256> text{};
    if (::zone_getattr(zone, ZONE_ATTR_BRAND, text.data(), text.size() - 1) < 0) return {};
    return text.data();
}

std::string zone_name(zoneid_t zone) {
    std::array<char, ZONENAME_MAX + 1> text{};
    // Without a name it still is no global zone.
    if (::getzonenamebyid(zone, text.data(), text.size() - 1) < 0) return zone == GLOBAL_ZONEID ? "global" : "unnamed";
    return text.data();
}

// What zonecfg says of a link; "" where it says nothing. The value follows the head, and both are in one buffer.
std::string zone_network(zoneid_t zone, datalink_id_t link, int type) {
    constexpr std::size_t room = 5120;  // PIPE_BUF of illumos, as ipmgmtd asks (ipadm_ngz.c)
    constexpr std::size_t head = offsetof(zone_net_data_t, zn_val);
    alignas(zone_net_data_t) std::array<char, sizeof(zone_net_data_t) + room> buffer{};
    auto* const data = reinterpret_cast<zone_net_data_t*>(buffer.data());
    data->zn_type = type;
    data->zn_len = room;
    data->zn_linkid = link;
    if (::zone_getattr(zone, ZONE_ATTR_NETWORK, data, buffer.size()) < 0 || data->zn_len <= 0) return {};
    const auto length = std::min<std::size_t>(static_cast<std::size_t>(data->zn_len), room);
    return {buffer.data() + head, length};
}

std::vector<datalink_id_t> zone_links(zoneid_t zone) {
    int count = 0;
    if (::zone_list_datalink(zone, &count, nullptr) != 0 || count <= 0) return {};
    std::vector<datalink_id_t> links(static_cast<std::size_t>(count));
    if (::zone_list_datalink(zone, &count, links.data()) != 0) return {};
    links.resize(std::min(links.size(), static_cast<std::size_t>(std::max(count, 0))));
    return links;
}

std::vector<std::string> entries_of(const char* path) {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path), ::closedir);
    if (directory == nullptr) return out;
    while (const dirent* const entry = ::readdir(directory.get())) {
        if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

// /dev/net holds the links of the zone by the names that dlmgmtd gave them; where it is empty, as no dlmgmtd runs, the
// drivers' own nodes in /dev are what ifconfig plumbs.
void read_nics(Facts& facts) {
    facts.nics.clear();
    for (const std::string& name : entries_of("/dev/net")) facts.nics.push_back(nic_of(name));
    if (!facts.nics.empty()) return;
    for (const std::string& name : entries_of("/dev"))
        if (is_nic_node(name)) facts.nics.push_back(nic_of(name));
}

// Only dlmgmtd knows which number is which name: with one link there is no doubt, otherwise the name stays empty.
void read_allowed(Facts& facts, zoneid_t zone) {
    facts.allowed.clear();
    if (zone == GLOBAL_ZONEID || facts.network != Network::exclusive) return;
    const std::vector<datalink_id_t> links = zone_links(zone);
    const bool single = links.size() == 1 && facts.nics.size() == 1;
    for (const datalink_id_t link : links) {
        const std::string router = zone_router(zone_network(zone, link, ZONE_NETWORK_DEFROUTER));
        for (std::string& address : zone_addresses(zone_network(zone, link, ZONE_NETWORK_ADDRESS)))
            facts.allowed.push_back({single ? facts.nics.front().name : "", std::move(address), router});
    }
}

void read_root(Facts& facts, const std::vector<MountEntry>& mounts) {
    struct statvfs status {};
    if (::statvfs("/", &status) == 0) {
        facts.root_writable = (status.f_flag & ST_RDONLY) == 0;
        facts.root_type = status.f_basetype;
    }
    if (const MountEntry* const entry = find_mount(mounts, "/"); entry != nullptr) facts.root_source = entry->source;
}

bool is_file(const char* path) {
    struct stat status {};
    return ::stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

void read_files(Facts& facts) {
    facts.directories.clear();
    facts.files.clear();
    for (const char* const path : illumos_directories)
        if (is_directory(path)) facts.directories.emplace_back(path);
    for (const IllumosFile& file : illumos_files())
        if (is_file(file.path)) facts.files.emplace_back(file.path);
    for (const Nic& nic : facts.nics)
        if (is_file(("/dev/" + nic.name).c_str())) facts.files.push_back("/dev/" + nic.name);
}

void read_mounts(Facts& facts) {
    const auto text = read_file("/etc/mnttab", std::size_t{1} << 20);
    const std::vector<MountEntry> mounts = text.has_error() ? std::vector<MountEntry>() : parse_mnttab(*text);
    facts.mounted.clear();
    for (const MountEntry& entry : mounts) facts.mounted.push_back(entry.point);
    read_root(facts, mounts);
}

std::string kernel_version() {
    struct utsname name {};
    return ::uname(&name) < 0 ? std::string() : std::string(name.version);
}

Origin read_origin(zoneid_t zone) {
    Origin origin;
    origin.global = zone == GLOBAL_ZONEID;
    origin.pid = ::getpid();
    origin.parent = ::getppid();
    origin.init_pid = zone_number<pid_t>(zone, ZONE_ATTR_INITPID);
    if (const ContractId own = own_contract(); own != 0) origin.contract_cookie = contract_cookie(own);
    return origin;
}

}  // namespace

Facts identify(conf::Role wanted) {
    Facts facts;
    facts.platform = conf::Platform::illumos;
    const zoneid_t zone = ::getzoneid();
    facts.zone = zone_name(zone);
    facts.start = start_of(read_origin(zone));
    facts.pid1 = facts.start == Start::kernel || facts.start == Start::zone_init;
    facts.owns_kernel = facts.start == Start::kernel;
    facts.role = wanted;
    if (wanted == conf::Role::automatic)
        facts.role = facts.start == Start::program ? conf::Role::container : conf::Role::machine;
    if (zone != GLOBAL_ZONEID) {
        facts.brand = zone_brand(zone);
        const bool exclusive = (zone_number<ushort_t>(zone, ZONE_ATTR_FLAGS) & ZF_NET_EXCL) != 0;
        facts.network = exclusive ? Network::exclusive : Network::shared;
    }
    facts.adopts_orphans = facts.start == Start::kernel ||
                           (facts.start == Start::zone_init && gives_orphans_to_zone_init(kernel_version()));
    return facts;
}

void look_around(Facts& facts) {
    read_mounts(facts);
    read_files(facts);
}

bool facts_can_wait(const Facts& /*facts*/) {
    return false;
}

void gather_facts(Facts& facts) {
    struct utsname name {};
    if (::uname(&name) >= 0) {
        facts.kernel_release = name.release;
        facts.architecture = name.machine;
    }
    facts.can_power_off = true;
    facts.power_off_why = in_zone(facts) ? "uadmin(2) halts the zone" : "uadmin(2)";
    read_mounts(facts);
    read_nics(facts);
    read_files(facts);
    read_allowed(facts, ::getzoneid());
}

}  // namespace plumb
