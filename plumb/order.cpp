#include "plumb/order.hpp"

#include <algorithm>
#include <string_view>

#include "plumb/concat.hpp"

namespace plumb {

namespace {

constexpr std::size_t most_steps = 1000;

// What a step is to those that come after it; a step's needs are a set of these.
enum Class : std::uint16_t {
    barrier = 1,       // all wait for it, and it for all
    memory_mount = 2,  // a file system of the kernel's own
    device_mount = 4,  // of a block device
    other_mount = 8,   // of the network, of a directory or file, of anything else
    file = 16,         // and directories, links
    net_setting = 32,  // sysctl net.*
    other_setting = 64,
    card_module = 128,  // the driver that an [[interface]] names
    other_module = 256,
    link = 512,
    address = 1024,  // and routes
    host_name = 2048,
    beside = 4096,  // a parallel command
};

constexpr unsigned mounts = memory_mount | device_mount | other_mount;
constexpr unsigned network = card_module | net_setting | link | address;
constexpr unsigned before_mounts = memory_mount | other_mount | file | other_module | other_setting;

// Needs nothing but the kernel, and takes it no time.
constexpr std::string_view memory_types =
    " tmpfs ramfs proc sysfs devtmpfs devpts cgroup cgroup2 mqueue debugfs tracefs securityfs configfs pstore bpf "
    "hugetlbfs efivarfs binfmt_misc ";

// Devices, but what is behind them comes over the network.
constexpr std::string_view remote_devices = " nbd rbd drbd etherd ";

bool in_list(std::string_view list, std::string_view word) {
    return list.find(concat({" ", word, " "})) != std::string_view::npos;
}

bool is_local_device(std::string_view source) {
    if (!source.starts_with("/dev/")) return false;
    const std::string_view name = source.substr(5);
    const std::size_t driver = std::min(name.find_first_of("0123456789/"), name.size());
    return !in_list(remote_devices, name.substr(0, driver));
}

unsigned class_of_mount(const Mount& a) {
    if (a.target == "/") return barrier;
    if (a.type.empty() || a.type == "none") return other_mount;
    if (in_list(memory_types, a.type)) return memory_mount;
    return is_local_device(a.source) ? device_mount : other_mount;
}

[[gnu::noinline]] bool same_driver(std::string_view a, std::string_view b) {
    const auto plain = [](char c) { return c == '-' ? '_' : c; };
    if (a.size() != b.size()) return false;
    for (std::size_t at = 0; at < a.size(); ++at)
        if (plain(a[at]) != plain(b[at])) return false;
    return true;
}

bool is_card_module(const Plan& plan, const std::string& name) {
    for (const Step& step : plan.steps)
        if (const auto* up = std::get_if<LinkUp>(&step.action); up != nullptr && same_driver(up->nic.driver, name))
            return true;
    return false;
}

unsigned class_of_file(const std::string& path) {
    if (path.starts_with("/proc/sys/net/")) return net_setting;
    return path.starts_with("/proc/") || path.starts_with("/sys/") ? other_setting : file;
}

// By the place in Action; 0: class_of() has to look.
constexpr std::uint16_t classes_of_actions[] = {file, file,    0,       host_name, 0, 0,
                                                link, address, address, barrier,   0, barrier};
static_assert(std::size(classes_of_actions) == std::variant_size_v<Action>);

unsigned class_of(const Plan& plan, const Step& step) {
    if (step.phase != Phase::boot) return barrier;
    if (const auto* mount = std::get_if<Mount>(&step.action)) return class_of_mount(*mount);
    if (const auto* written = std::get_if<WriteFile>(&step.action)) return class_of_file(written->path);
    if (const auto* module = std::get_if<LoadModule>(&step.action))
        return is_card_module(plan, module->name) ? card_module : other_module;
    if (std::holds_alternative<Command>(step.action)) return step.parallel ? beside : barrier;
    return classes_of_actions[step.action.index()];
}

// Whatever it is, of the kind alone: what matters beside is in waits_for, all of it for host_name and address.
constexpr struct {
    std::uint16_t own, others;
} needs[] = {{memory_mount, before_mounts | device_mount},
             {device_mount, before_mounts},
             {other_mount, before_mounts | device_mount | network},
             {file, mounts | file},
             {net_setting, card_module | other_module | net_setting | host_name},
             {other_setting, other_module | other_setting | host_name},
             {card_module, card_module | memory_mount | file},
             {other_module, other_module | memory_mount | file},
             {link, net_setting | other_module},
             {beside, mounts | file | host_name}};

unsigned needs_of(unsigned own) {
    for (const auto& each : needs)
        if (each.own == own) return each.others;
    return 0;
}

bool inside(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// As written, a path says where it is.
bool is_plain(std::string_view path) {
    return path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos &&
           !path.ends_with('/');
}

bool related(const Mount& a, const Mount& b) {
    if (!is_plain(a.target) || !is_plain(b.target)) return true;
    return inside(a.target, b.target) || inside(b.target, a.target) || inside(a.source, b.target) ||
           inside(b.source, a.target) || a.source == b.source;
}

bool link_needs_module(const NicMatch& nic, const std::string& module) {
    return nic.name != "lo" && (nic.driver.empty() || same_driver(nic.driver, module));
}

bool waits_for(const Step& later, unsigned own, const Step& earlier, unsigned other) {
    if (((own | other) & barrier) != 0 || (needs_of(own) & other) != 0) return true;
    if (own == device_mount && other == device_mount)
        return related(*std::get_if<Mount>(&later.action), *std::get_if<Mount>(&earlier.action));
    const NicMatch* nic = nic_of(later.action);
    if (nic == nullptr) return false;
    if (own == link && other == card_module)
        return link_needs_module(*nic, std::get_if<LoadModule>(&earlier.action)->name);
    const NicMatch* other_nic = nic_of(earlier.action);
    if (other_nic == nullptr) return false;
    // Of two default routes the first one counts.
    const bool routes = std::holds_alternative<Route>(later.action) && std::holds_alternative<Route>(earlier.action);
    return routes || *nic == *other_nic;
}

}  // namespace

bool takes_time(const Step& step) {
    if (const auto* up = std::get_if<LinkUp>(&step.action)) return up->carrier.count() > 0 || step.deadline.count() > 0;
    if (const auto* mount = std::get_if<Mount>(&step.action))
        return !mount->type.empty() && (class_of_mount(*mount) & (device_mount | other_mount)) != 0;
    return step.parallel || std::holds_alternative<LoadModule>(step.action);
}

Order::Order(const Plan& plan) : size_(plan.steps.size()), in_order_(plan.in_order || size_ > most_steps) {
    if (in_order_) return;
    table_.assign(size_ * size_, none);
    std::vector<unsigned> classes(size_);
    for (std::size_t step = 0; step < size_; ++step) classes[step] = class_of(plan, plan.steps[step]);
    for (std::size_t later = 1; later < size_; ++later) {
        char* const row = table_.data() + later * size_;
        // From the nearest on: whom that one waits for is not to be waited for once more.
        for (std::size_t earlier = later; earlier-- > 0;) {
            if (row[earlier] != none) continue;
            if (!waits_for(plan.steps[later], classes[later], plan.steps[earlier], classes[earlier])) continue;
            row[earlier] = direct;
            for (std::size_t first = 0; first < earlier; ++first)
                if (at(/*later=*/earlier, /*earlier=*/first) != none && row[first] == none) row[first] = by_others;
        }
    }
}

std::string after_text(const Order& order, std::size_t step) {
    std::string text;
    for (std::size_t earlier = 0; earlier < step; ++earlier)
        if (order.follows_directly(step, earlier))
            append(text, {text.empty() ? "" : ", ", std::to_string(earlier + 1)});
    return text;
}

std::vector<std::vector<std::uint32_t>> dependencies(const Plan& plan) {
    const Order order(plan);
    std::vector<std::vector<std::uint32_t>> all(plan.steps.size());
    for (std::size_t step = 0; step < all.size(); ++step)
        for (std::size_t earlier = 0; earlier < step; ++earlier)
            if (order.follows_directly(step, earlier)) all[step].push_back(static_cast<std::uint32_t>(earlier));
    return all;
}

}  // namespace plumb
