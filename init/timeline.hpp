// How long booting took, step by step.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "init/runner.hpp"
#include "plumb/execute.hpp"

namespace init {

// Logs every step and remembers the three dearest.
class Timeline final : public plumb::Observer {
public:
    explicit Timeline(std::uint64_t began_ms) : began_ms_(began_ms) {}

    void started(const plumb::Step& step) override;
    void finished(const plumb::Step& step, const plumb::Error* error) override;
    bool stop_wanted() override;

    // Whom to ask whether an end was asked for meanwhile; outlives the boot.
    void ask(Runner& runner) { runner_ = &runner; }

    // "Started in 0.512s (kernel) + 0.034s (mvinit) = 0.546s"; without the kernel's part where the clock did not
    // begin with our machine.
    std::string summary(bool with_kernel) const;

    // "slowest steps: load module e1000 0.021s, ..."; empty where no step took a millisecond.
    std::string dearest() const;

private:
    struct Cost {
        std::uint64_t ms = 0;
        std::string step;
    };
    void remember(Cost cost);

    Runner* runner_ = nullptr;
    std::uint64_t began_ms_;
    std::uint64_t step_began_ms_ = 0;
    std::array<Cost, 3> costs_{};
};

}  // namespace init
