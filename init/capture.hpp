// The application's output, where it is captured: pipes that outlive its restarts, and the logger, a process of its own
// that reads them, so that no slow disk or console ever keeps PID 1 or the application waiting.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "conf/config.hpp"
#include "init/companion.hpp"
#include "init/program.hpp"
#include "init/reap.hpp"
#include "plumb/error.hpp"

namespace init {

class Capture final : public Companion {
public:
    // Makes the pipes that sinks ask for, and hands their ends to program. Nothing where there are no sinks. console:
    // the device for a sink to it.
    plumb::Result<void> open(const std::vector<conf::Sink>& sinks, const std::string& console, Program& program);

    // Starts the logger: once the application was, so that it need not wait.
    void start();

    // A descriptor of the ring, read-only, for somebody else to read from (see ring.hpp); owned by the caller. -1:
    // there is none.
    int ring() const;

    // Before SIGKILL to all: what is in the pipes is written and the logger ends; resume() starts it again.
    void pause();
    void resume();

    void join(Reactor& reactor) override;
    void readable(int descriptor) override;
    void leave() override;  // what the application wrote last is written, within 2 s
};

}  // namespace init
