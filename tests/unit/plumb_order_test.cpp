// What waits for what, as tables; and that the executor, with workers, keeps to it.
#include <doctest/doctest.h>

#include "conf/parse.hpp"
#include "plumb/order.hpp"

using namespace plumb;

namespace {

using Lists = std::vector<std::vector<std::uint32_t>>;

Plan plan_of(std::vector<Action> actions) {
    Plan plan;
    for (Action& action : actions) plan.steps.push_back({std::move(action), "", true, {}, Phase::boot});
    return plan;
}

Mount disk(std::string source, std::string target) {
    return {std::move(source), std::move(target), "ext4", "", false};
}
Mount memory(std::string target) {
    return {"tmpfs", std::move(target), "tmpfs", "", false};
}
Command command() {
    return {{"/bin/x"}, {}};
}

const NicMatch e1000{"", "e1000", ""};
const NicMatch eth0{"eth0", "", ""};

struct Row {
    const char* what;
    std::vector<Action> actions;
    Lists after;
};

}  // namespace

TEST_CASE("order: what waits for what") {
    const Row rows[] = {
        {"nothing", {}, {}},
        {"memory mounts keep their order", {memory("/run"), memory("/tmp"), memory("/run/x")}, {{}, {0}, {1}}},
        {"disks that have nothing to do with each other", {disk("/dev/a", "/a"), disk("/dev/b", "/b")}, {{}, {}}},
        {"a disk inside of another", {disk("/dev/a", "/a"), disk("/dev/b", "/a/b")}, {{}, {0}}},
        {"a disk around another", {disk("/dev/b", "/a/b"), disk("/dev/a", "/a")}, {{}, {0}}},
        {"a name that only begins alike", {disk("/dev/a", "/a"), disk("/dev/b", "/ab")}, {{}, {}}},
        {"the same device twice", {disk("/dev/a", "/a"), disk("/dev/a", "/b")}, {{}, {0}}},
        {"paths that are not plain", {disk("/dev/a", "/a"), disk("/dev/b", "/x/../a/b")}, {{}, {0}}},
        {"a slash at the end", {disk("/dev/a", "/a/"), disk("/dev/b", "/a/b")}, {{}, {0}}},
        {"memory below disks", {disk("/dev/a", "/a"), disk("/dev/b", "/b"), memory("/c")}, {{}, {}, {0, 1}}},
        {"a bind mount",
         {disk("/dev/a", "/a"), disk("/dev/b", "/b"), Mount{"/a/x", "/y", "", "bind", false}},
         {{}, {}, {0, 1}}},
        {"the root's remount",
         {disk("/dev/a", "/a"), Hostname{"h"}, Mount{"", "/", "", "remount,ro", false}, command()},
         {{}, {}, {0, 1}, {2}}},
        {"modules keep their order", {LoadModule{"a", ""}, LoadModule{"b", ""}, LoadModule{"c", ""}}, {{}, {0}, {1}}},
        {"a card's driver and the rest",
         {LoadModule{"e1000", ""}, LoadModule{"virtio_blk", ""}, disk("/dev/vda", "/data"), LinkUp{e1000, 0, {}}},
         {{}, {}, {1}, {0, 1}}},
        {"a dash in the driver's name",
         {LoadModule{"virtio-net", ""}, LinkUp{{"", "virtio_net", ""}, 0, {}}, disk("/dev/a", "/a")},
         {{}, {0}, {}}},
        {"an interface by name waits for all modules, and disks do, too",
         {LoadModule{"e1000", ""}, disk("/dev/vda", "/data"), LinkUp{eth0, 0, {}}},
         {{}, {0}, {0}}},
        {"loopback waits for no card",
         {LoadModule{"e1000", ""}, LinkUp{e1000, 0, {}}, LinkUp{{"lo", "", ""}, 0, {}}},
         {{}, {0}, {}}},
        {"two interfaces",
         {LinkUp{e1000, 0, {}}, Address{e1000, "10.0.0.1/8"}, LinkUp{eth0, 0, {}}, Address{eth0, "::1/64"}},
         {{}, {0}, {}, {2}}},
        {"addresses keep their order, routes all",
         {LinkUp{e1000, 0, {}}, Address{e1000, "1.0.0.1/8"}, Address{e1000, "2.0.0.1/8"},
          Route{e1000, "default", "1.0.0.2"}, LinkUp{eth0, 0, {}}, Route{eth0, "default", "3.0.0.2"}},
         {{}, {0}, {1}, {2}, {}, {3, 4}}},
        {"settings of the network",
         {LoadModule{"e1000", ""}, WriteFile{"/proc/sys/net/a", "1"}, WriteFile{"/proc/sys/vm/a", "1"},
          LinkUp{e1000, 0, {}}, disk("/dev/a", "/a")},
         {{}, {0}, {}, {1}, {2}}},
        {"settings of an unknown module", {LoadModule{"x", ""}, WriteFile{"/proc/sys/vm/a", "1"}}, {{}, {0}}},
        {"the network's file systems",
         {LinkUp{eth0, 0, {}}, Address{eth0, "1.0.0.1/8"}, Mount{"host:/x", "/x", "nfs", "", false},
          disk("/dev/nbd0", "/n"), disk("/dev/sda", "/s")},
         {{}, {0}, {1}, {2}, {3}}},
        {"files after the mounts",
         {disk("/dev/a", "/a"), WriteFile{"/etc/resolv.conf", "x"}, Symlink{"/x", "/y"}},
         {{}, {0}, {1}}},
        {"commands", {LoadModule{"m", ""}, Hostname{"h"}, command(), command()}, {{}, {}, {0, 1}, {2}}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(dependencies(plan_of(row.actions)) == row.after);
    }
}

TEST_CASE("order: a parallel command waits for file systems, files, the host name and plain commands before it") {
    Plan plan = plan_of({memory("/run"), LoadModule{"e1000", ""}, LinkUp{e1000, 0, {}}, disk("/dev/a", "/a"),
                         Hostname{"h"}, command(), command(), command(), command()});
    for (const std::size_t index : {5U, 6U, 8U}) plan.steps[index].parallel = true;
    CHECK(dependencies(plan) == Lists{{}, {0}, {1}, {0}, {}, {3, 4}, {3, 4}, {2, 5, 6}, {7}});
    const Order order(plan);
    CHECK(order.overlap(1, 5));
    CHECK(order.overlap(5, 6));
    CHECK_FALSE(order.overlap(7, 5));
    CHECK_FALSE(order.overlap(8, 2));
    CHECK_FALSE(order.overlap(3, 3));
    CHECK(order.follows(8, 0));
    CHECK_FALSE(order.follows(0, 8));
}

TEST_CASE("order: phases come one after the other, and early steps in order") {
    Plan plan = plan_of({memory("/dev"), memory("/run"), LoadModule{"m", ""}, LoadModule{"button", ""}});
    plan.steps[0].phase = plan.steps[1].phase = Phase::early;
    plan.steps[3].phase = Phase::late;
    CHECK(dependencies(plan) == Lists{{}, {0}, {1}, {2}});
}

TEST_CASE("order: a plan in order is one") {
    Plan plan = plan_of({disk("/dev/a", "/a"), disk("/dev/b", "/b"), Hostname{"h"}});
    plan.in_order = true;
    CHECK(dependencies(plan) == Lists{{}, {0}, {1}});
    CHECK_FALSE(Order(plan).overlap(0, 2));
    Plan long_one;
    for (int n = 0; n < 1001; ++n) long_one.steps.push_back({Hostname{"h"}, "", true, {}, Phase::boot});
    CHECK(after_text(Order(long_one), 1000) == "1000");
    long_one.steps.pop_back();
    CHECK(after_text(Order(long_one), 999) == "");
}

TEST_CASE("order: what takes time") {
    using std::chrono::seconds;
    const auto takes = [](Action action, std::chrono::milliseconds deadline = {}, bool parallel = false) {
        return takes_time({std::move(action), "", true, deadline, Phase::boot, parallel});
    };
    CHECK(takes(LoadModule{"m", ""}));
    CHECK(takes(disk("/dev/a", "/a")));
    CHECK(takes(Mount{"host:/x", "/x", "nfs", "", false}));
    CHECK_FALSE(takes(memory("/a")));
    CHECK_FALSE(takes(Mount{"/a", "/b", "", "bind", false}));
    CHECK_FALSE(takes(Mount{"", "/", "", "remount,ro", false}));
    CHECK(takes(LinkUp{eth0, 0, seconds{1}}));
    CHECK(takes(LinkUp{eth0, 0, {}}, seconds{5}));
    CHECK_FALSE(takes(LinkUp{eth0, 0, {}}));
    CHECK(takes(command(), {}, true));
    CHECK_FALSE(takes(command(), seconds{5}));
    CHECK_FALSE(takes(Address{eth0, "1.0.0.1/8"}));
}

TEST_CASE("order: the lists leave out nothing that waits, and say nothing twice") {
    // Of every plan that can be made of these four at a time: who waits by the lists waits by follows(), and back.
    const std::vector<Action> kinds{memory("/m"),
                                    disk("/dev/a", "/a"),
                                    disk("/dev/b", "/a/b"),
                                    LoadModule{"e1000", ""},
                                    LoadModule{"m", ""},
                                    LinkUp{e1000, 0, {}},
                                    Route{e1000, "default", "1.0.0.1"},
                                    WriteFile{"/proc/sys/net/a", ""},
                                    WriteFile{"/etc/x", ""},
                                    command(),
                                    Hostname{"h"}};
    const std::size_t count = kinds.size();
    for (std::size_t number = 0; number < count * count * count * count; ++number) {
        std::vector<Action> actions;
        for (std::size_t rest = number, at = 0; at < 4; ++at, rest /= count) actions.push_back(kinds[rest % count]);
        const Plan plan = plan_of(actions);
        const Order order(plan);
        const Lists lists = dependencies(plan);
        for (std::size_t later = 0; later < 4; ++later) {
            std::vector<bool> reached(4, false);
            for (std::size_t at = later + 1; at-- > 0;)
                for (const std::uint32_t earlier :
                     at == later || reached[at] ? lists[at] : std::vector<std::uint32_t>{}) {
                    if (at == later) REQUIRE(earlier < later);
                    reached[earlier] = true;
                }
            for (std::size_t earlier = 0; earlier < 4; ++earlier)
                if (reached[earlier] != order.follows(later, earlier)) FAIL(number);
            for (const std::uint32_t a : lists[later])
                for (const std::uint32_t b : lists[later])
                    if (order.follows(a, b)) FAIL(number);
        }
    }
}
