// Where the processor is none that the injector knows: it says so, and the tests that need it are skipped.
#include "probe.hpp"

namespace probe {

int inject(const Words&) {
    put(2, "inject: x86_64 alone\n");
    return 77;
}

int disturb(const Words& words) {
    return inject(words);
}

int live_place(pid_t) {
    return 77;
}

}  // namespace probe
