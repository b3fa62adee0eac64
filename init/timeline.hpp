// What booting is doing, step by step: told on the console as it goes, noted for later with its time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "init/runner.hpp"
#include "init/stamps.hpp"
#include "plumb/execute.hpp"
#include "plumb/order.hpp"

namespace init {

// Notes no more than numbers while the application waits to be started; text is made of them afterwards.
class Timeline final : public plumb::Observer {
public:
    // began_us: CLOCK_MONOTONIC of mvinit's first instruction.
    explicit Timeline(std::uint64_t began_us) : began_us_(began_us) {}

    void started(const plumb::Step& step) override;
    void finished(const plumb::Step& step, const plumb::Error* error) override;
    bool stop_wanted() override;
    void configured();

    // Whom to ask whether an end was asked for meanwhile; outlives the boot.
    void ask(Runner& runner) { runner_ = &runner; }

    // All that was noted, as stamps.hpp has it. plan: whose steps those of Phase::boot are; all steps are still where
    // they were. with_kernel: the clock began with our machine.
    std::string text(const plumb::Plan& plan, bool with_kernel) const;
    std::uint64_t began_us() const { return began_us_; }

private:
    struct Record {
        const plumb::Step* step;
        std::uint64_t begin;
        std::uint64_t end;
        bool ok;
    };
    void put_after(conf::Writer& out, const plumb::Plan& plan, const plumb::Order& order, const Record& record) const;

    Runner* runner_ = nullptr;
    std::uint64_t began_us_;
    std::uint64_t configured_us_ = 0;
    std::vector<Record> records_;
};

}  // namespace init
