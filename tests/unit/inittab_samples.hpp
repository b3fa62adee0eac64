// Inittabs that tests and the fuzzer share, and a source of broken ones.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace samples {

// The entries of illumos-gate's own, with a few of its comments.
inline constexpr std::string_view stock =
    "# The /etc/inittab file controls the configuration of init(8)\n"
    "#\t# svccfg\n"
    "#\n"
    "ap::sysinit:/sbin/autopush -f /etc/iu.ap\n"
    "sp::sysinit:/sbin/soconfig -d /etc/sock2path.d\n"
    "smf::sysinit:/lib/svc/bin/svc.startd\t>/dev/msglog 2<>/dev/msglog </dev/console\n"
    "p3:s1234:powerfail:/usr/sbin/shutdown -y -i5 -g0 >/dev/msglog 2<>/dev/msglog\n";

inline constexpr std::string_view tribblix =
    "# blank zone\n"
    "ap::sysinit:/sbin/autopush -f /etc/iu.ap\n"
    "smf::sysinit:/usr/bin/sleep Inf\n"
    "p3:s1234:powerfail:/usr/sbin/shutdown -y -i5 -g0 >/dev/msglog 2<>/dev/msglog\n";

// Solaris 9's, where init still ran everything.
inline constexpr std::string_view solaris9 =
    "ap::sysinit:/sbin/autopush -f /etc/iu.ap\n"
    "fs::sysinit:/sbin/rcS sysinit   >/dev/msglog 2<>/dev/msglog </dev/console\n"
    "is:3:initdefault:\n"
    "p3:s1234:powerfail:/usr/sbin/shutdown -y -i5 -g0 >/dev/msglog 2<>/dev/msglog\n"
    "sS:s:wait:/sbin/rcS             >/dev/msglog 2<>/dev/msglog </dev/console\n"
    "s0:0:wait:/sbin/rc0             >/dev/msglog 2<>/dev/msglog </dev/console\n"
    "s5:5:wait:/sbin/rc5             >/dev/msglog 2<>/dev/msglog </dev/console\n"
    "fw:0:wait:/sbin/uadmin 2 0      >/dev/msglog 2<>/dev/msglog </dev/console\n"
    "sc:234:respawn:/usr/lib/saf/sac -t 300\n"
    "co:234:respawn:/usr/lib/saf/ttymon -g -h -p \"`uname -n` console login: \" -T sun \\\n"
    "-d /dev/console -l console -m ldterm,ttcompat\n";

inline constexpr std::string_view installed =
    "ap::sysinit:/sbin/autopush -f /etc/iu.ap\n"
    "smf::sysinit:/sbin/mvinit\n"
    "mv0:0:once:/sbin/mvinit halt\n"
    "mv5:5:once:/sbin/mvinit poweroff\n"
    "mv6:6:once:/sbin/mvinit reboot\n";

inline constexpr std::string_view all[] = {stock, tribblix, solaris9, installed};

// The same sequence on every machine.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::size_t below(std::size_t limit) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::size_t>(state_ % limit);
    }
    // A sample with some of its bytes changed, or pieces that mean something in a random order.
    std::string inittab() { return below(2) == 0 ? mutated() : assembled(); }

private:
    std::string mutated() {
        std::string text(all[below(std::size(all))]);
        for (std::size_t count = below(6); count > 0 && !text.empty(); --count) {
            const std::size_t at = below(text.size());
            const std::size_t what = below(5);
            if (what == 0) text.erase(at, 1 + below(8));
            if (what == 1) text.insert(at, piece());
            if (what == 2) text[at] = static_cast<char>(below(256));
            if (what == 3) text = text.substr(0, at);
            if (what == 4) text.insert(at, text.substr(at, below(80)));
        }
        return text;
    }
    std::string assembled() {
        std::string text;
        for (std::size_t count = below(14); count > 0; --count) text += piece();
        return text;
    }
    std::string piece() {
        static constexpr std::string_view pieces[] = {"\n",
                                                      "\n",
                                                      "\\\n",
                                                      "\\",
                                                      ":",
                                                      ":",
                                                      ":::",
                                                      "#",
                                                      " ",
                                                      "\t",
                                                      "smf",
                                                      "mv0",
                                                      "mv5:5:once:",
                                                      "s",
                                                      "0",
                                                      "q",
                                                      "once",
                                                      "sysinit",
                                                      "wait",
                                                      "smf::sysinit:",
                                                      "/sbin/mvinit",
                                                      "/opt/mvinit",
                                                      " halt",
                                                      " poweroff",
                                                      "x::off:y\n"};
        const std::size_t at = below(std::size(pieces) + 4);
        if (at < std::size(pieces)) return std::string(pieces[at]);
        if (at == std::size(pieces)) return std::string(1, '\0');
        if (at == std::size(pieces) + 1) return std::string(240 + below(20), 'x');
        if (at == std::size(pieces) + 2) return std::string(500 + below(20), '5');
        return std::string(1, static_cast<char>(below(256)));
    }

    std::uint64_t state_;
};

}  // namespace samples
