// Random tables and events: what init's order must never do.
#include <doctest/doctest.h>
#include <map>
#include <random>

#include "init/services.hpp"

using init::Services;

TEST_CASE("any order of events: one process an id, an end of asking, and no more starts than init would make") {
    std::mt19937 random(20'260'101);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    constexpr const char* actions[] = {"sysinit", "boot",    "bootwait",  "wait",
                                       "once",    "respawn", "powerfail", "powerwait"};
    for (int round = 0; round < 300; ++round) {
        std::string text;
        for (unsigned entry = 0, count = 1 + below(8); entry < count; ++entry)
            text += std::string(1, static_cast<char>('a' + below(5))) + ":3:" + actions[below(8)] + ":/x\n";
        CAPTURE(text);
        Services services(conf::parse_inittab(text).entries, 3);
        std::map<std::int32_t, std::string> living;
        std::int32_t pid = 0;
        std::uint64_t now = 1;
        for (int event = 0; event < 200; ++event) {
            now += below(4) == 0 ? below(200'000) : below(100);
            const unsigned kind = below(16);
            if (kind == 0) services.power_failed();
            if (kind == 1) services.retry();
            if (kind >= 4 && !living.empty()) {
                auto one = std::next(living.begin(), below(static_cast<unsigned>(living.size())));
                const conf::InittabEntry* ended = services.ended(one->first);
                REQUIRE(ended != nullptr);
                REQUIRE(ended->id == one->second);
                living.erase(one);
            }
            int asked = 0;
            while (true) {
                const Services::Next next = services.next(now);
                if (next.what == Services::What::nothing) break;
                REQUIRE(++asked < 64);
                if (next.what != Services::What::spawn) continue;
                const std::string& id = services[next.entry].id;
                if (below(10) == 0) {
                    services.not_started(next.entry, now);
                    continue;
                }
                for (const auto& [other, name] : living) REQUIRE(name != id);
                services.started(next.entry, ++pid);
                living[pid] = id;
            }
            // Or the loop would turn without rest.
            if (const auto deadline = services.deadline()) REQUIRE(*deadline > now);
        }
    }
}
