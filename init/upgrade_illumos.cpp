// What follows an upgrade on illumos: all descriptors are closed, and the next image makes the control socket anew.
#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include "init/answers.hpp"
#include "init/clock.hpp"
#include "init/verbs.hpp"

namespace init {

bool answers_again(const conf::Arguments& arguments, const Outcome& upgrade, const std::string& path) {
    if (upgrade.error != ECONNRESET) return false;
    constexpr std::uint32_t one_try_ms = 1000;
    for (const std::uint64_t end = now_ms() + usual_timeout_ms; now_ms() < end; ::poll(nullptr, 0, 10)) {
        const Outcome state = put_request(arguments, "state", one_try_ms);
        if (state.descriptor >= 0) ::close(state.descriptor);
        // Where the program has died at once, it is the old one that was executed again. Which one that is may not have
        // been known.
        if (state.code == exit_ok) return path.empty() || decode_value(value_of(state.text, "path")) == path;
    }
    return false;
}

}  // namespace init
