// What lives in the event loop beside the supervision: the control socket, readiness and health, the logger, the
// hardware watchdog. The loop waits on their behalf and knows nothing else of them.
#pragma once

#include <cstdint>
#include <optional>

namespace init {

class Companion;

// The loop's side. Descriptors are non-blocking and stay their owner's.
class Reactor {
public:
    // companion.readable(descriptor) is called whenever there is something to read or the other end is gone, until it
    // is forgotten. False: there is no room for more (see most_watched), or it cannot be waited for.
    virtual bool watch(int descriptor, Companion& companion) = 0;

    // The same for one that hardly ever has something to read, a listener: it costs nothing while there is nothing.
    virtual bool watch_seldom(int descriptor, Companion& companion) { return watch(descriptor, companion); }

    // To be called before the descriptor is closed; safe from within readable(), and for one that is not watched.
    virtual void forget(int descriptor) = 0;

protected:
    ~Reactor() = default;
};

inline constexpr int most_watched = 24;

class Companion {
public:
    // Once, before the loop first waits. reactor outlives the loop's run, not more.
    virtual void join(Reactor& reactor) = 0;
    virtual void readable(int descriptor) = 0;

    // When due() is to be called, CLOCK_MONOTONIC in ms; asked for anew after every event, whoever's it was.
    virtual std::optional<std::uint64_t> deadline() const { return {}; }
    virtual void due() {}

    // After every event, whoever's it was: what the supervision knows may have changed.
    virtual void settled() {}

    // The loop is over: the application and all others are gone, the end follows. May take a second or two.
    virtual void leave() {}

protected:
    ~Companion() = default;
};

}  // namespace init
