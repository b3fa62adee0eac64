// Which steps of a plan wait for which others, and which of them may go on at the same time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plumb/plan.hpp"

namespace plumb {

// Worth a process of its own where another such step can go on meanwhile: modules, file systems on devices or from the
// network, interfaces that are waited for, commands that are marked parallel.
bool takes_time(const Step& step);

// A step waits only for steps before it in the plan. What for:
//   steps of another phase, the root's remount, commands that are not parallel: everything before them, and everything
//       after them waits for these;
//   modules: those before them (names of disks and cards follow their order), but that the driver of an [[interface]]
//       and the other modules do not wait for each other;
//   mounts: modules that are no interface's driver, files, and all mounts before them; but two mounts of devices wait
//       for each other only where a path of one lies in the other's; what is neither in memory nor on a device (the
//       network, binds, images) also for the interfaces;
//   files and links: mounts and files; net.* settings: all modules; other settings: those that are no interface's
//       driver;
//   interfaces: net.* settings and modules, but no other interface's driver; addresses and routes: their interface, and
//       routes those before them;
//   parallel commands: mounts, files, links, the host name.
// Plans in order, and those of more than 1000 steps: everything before.
class Order {
public:
    explicit Order(const Plan& plan);

    // later waits for earlier: without another one between; if need be with others between.
    bool follows_directly(std::size_t later, std::size_t earlier) const { return at(later, earlier) == direct; }
    bool follows(std::size_t later, std::size_t earlier) const { return at(later, earlier) != none; }
    bool overlap(std::size_t a, std::size_t b) const { return a != b && !follows(a, b) && !follows(b, a); }

private:
    static constexpr char none = 0, by_others = 1, direct = 2;
    char at(std::size_t later, std::size_t earlier) const {
        if (in_order_) return later == earlier + 1 ? direct : later > earlier ? by_others : none;
        return table_[later * size_ + earlier];
    }

    std::size_t size_;
    bool in_order_;
    std::string table_;  // a row for each step, a byte for each that it may wait for
};

// "3, 5": the numbers, counted from 1, of the steps that step waits for directly.
std::string after_text(const Order& order, std::size_t step);

// For each step the indexes of those it waits for directly, ascending.
std::vector<std::vector<std::uint32_t>> dependencies(const Plan& plan);

}  // namespace plumb
