#include "init/loop.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <unistd.h>
#include <vector>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/signals.hpp"
#include "plumb/contracts.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

namespace boost {
// Asio is compiled without exceptions: what it would throw for (no descriptor, no memory while the loop is set up)
// leaves nothing to go on with.
void throw_exception(const std::exception& /*error*/) {
    init::log::error("set up the event loop: no descriptor or memory was to be had: raise fs.file-max or the memory");
    std::abort();
}
void throw_exception(const std::exception& error, const boost::source_location& /*where*/) {
    throw_exception(error);
}
}  // namespace boost

namespace init {
namespace {

// With the executor named, Asio's type-erased one is not compiled in.
using Executor = boost::asio::io_context::executor_type;
using Clock = std::chrono::steady_clock;
using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;
using boost::system::error_code;

class Loop final : public Reactor {
public:
    Loop(Supervision& supervision, const Descriptors& descriptors, std::span<Companion* const> companions)
        : supervision_(supervision), descriptors_(descriptors), companions_(companions), timer_(context_) {
        slots_.reserve(most_watched);
    }

    // None of the descriptors is closed here: signals that still come are noted by writing to one of them.
    void run() {
        // What ended while booting had its signal taken then.
        supervision_.reap_children();
        for (Companion* companion : companions_) companion->join(*this);
        if (!supervision_.end()) wait();
        for (Companion* companion : companions_) companion->leave();
        for (Slot& slot : slots_) slot.descriptor.release();
    }

    bool watch(int descriptor, Companion& companion) override { return add(descriptor, &companion) != nullptr; }

    // The slot itself is used again once the wait that is under way has been told.
    void forget(int descriptor) override {
        for (Slot& slot : slots_) {
            if (!slot.watched || slot.descriptor.native_handle() != descriptor) continue;
            slot.watched = false;
            slot.descriptor.release();
        }
    }

private:
    struct Slot {
        explicit Slot(boost::asio::io_context& context) : descriptor(context) {}
        Descriptor descriptor;
        Companion* companion = nullptr;  // null: one of the loop's own
        bool watched = false;
        bool waiting = false;
    };

    void wait() {
        if (add(descriptors_.signals, nullptr) == nullptr) deaf();
        if (descriptors_.power_button >= 0) add(descriptors_.power_button, nullptr);
        if (plumb::is_started_again() && descriptors_.contract_events >= 0) add(descriptors_.contract_events, nullptr);
        set_timer();
        context_.run();
    }

    Slot* free_slot() {
        for (Slot& slot : slots_)
            if (!slot.watched && !slot.waiting) return &slot;
        if (slots_.size() == most_watched) return nullptr;
        return &slots_.emplace_back(context_);
    }

    Slot* add(int descriptor, Companion* companion) {
        Slot* slot = free_slot();
        if (slot == nullptr) return nullptr;
        error_code error;
        slot->descriptor.assign(descriptor, error);
        if (error) return nullptr;
        slot->companion = companion;
        slot->watched = true;
        await(*slot);
        return slot;
    }

    void await(Slot& slot) {
        slot.waiting = true;
        slot.descriptor.async_wait(Descriptor::wait_read, [this, &slot](error_code error) {
            slot.waiting = false;
            if (!slot.watched) return;
            if (error && slot.companion == nullptr && slot.descriptor.native_handle() == descriptors_.signals)
                return deaf();
            if (error) return;
            tell(slot);
            settle();
            if (slot.watched && !slot.waiting && !supervision_.end()) await(slot);
        });
    }

    // select(2) takes no descriptor from FD_SETSIZE on: one that many inherited ones pushed up there would leave us
    // running and hearing nothing.
    static void deaf() {
        log::error("wait for signals: cannot be done with this descriptor: start mvinit with fewer open files");
        std::abort();
    }

    void tell(Slot& slot) {
        const int descriptor = slot.descriptor.native_handle();
        if (slot.companion != nullptr) return slot.companion->readable(descriptor);
        if (descriptor == descriptors_.signals) return take_signals();
        if (descriptor == descriptors_.contract_events) return supervision_.read_contracts();
        if (plumb::read_power_button(descriptor)) supervision_.handle(EndWanted{conf::EndAction::poweroff});
    }

    // Children first: an application that has ended must not be sent the signals that came after.
    // Only so many at once: signals that never cease must not keep the timer from being looked at.
    void take_signals() {
        constexpr int at_once = 64;
        for (int taken = 0; taken < at_once && !supervision_.end(); ++taken) {
            const plumb::ReceivedSignal received = plumb::read_signal(descriptors_.signals);
            if (received.number == 0) return;
            // Our own, for a message whose reader has gone: no business of the application's.
            if (received.number == sig_pipe && received.sender == getpid()) continue;
            supervision_.reap_children();
            if (received.number != sig_chld && !supervision_.end())
                supervision_.handle(Signalled{received.number, received.sender});
        }
    }

    // After every event: either it is over, or we wait on, for as long as whoever is first says.
    void settle() {
        for (Companion* companion : companions_) companion->settled();
        if (supervision_.end()) return context_.stop();
        set_timer();
    }

    std::optional<std::uint64_t> first_deadline() const {
        std::optional<std::uint64_t> first = supervision_.timer();
        for (const Companion* companion : companions_) {
            const auto other = companion->deadline();
            if (other && (!first || *other < *first)) first = other;
        }
        return first;
    }

    void set_timer() {
        const auto wanted = first_deadline();
        if (wanted == armed_) return;
        armed_ = wanted;
        timer_.cancel();
        if (!wanted) return;
        timer_.expires_at(Clock::time_point(std::chrono::milliseconds(*wanted)));
        timer_.async_wait([this](error_code error) {
            if (error) return;
            armed_.reset();
            tell_time();
            settle();
        });
    }

    // An event of the same round may have put it off; then it is only armed again.
    void tell_time() {
        for (Companion* companion : companions_) {
            const auto deadline = companion->deadline();
            if (deadline && *deadline <= now_ms()) companion->due();
        }
        if (supervision_.timer() && *supervision_.timer() <= now_ms()) supervision_.handle(TimerFired{});
    }

    Supervision& supervision_;
    const Descriptors& descriptors_;
    std::span<Companion* const> companions_;
    boost::asio::io_context context_{1};
    std::vector<Slot> slots_;
    Timer timer_;
    std::optional<std::uint64_t> armed_;
};

}  // namespace

void run_loop(Supervision& supervision, const Descriptors& descriptors, std::span<Companion* const> companions) {
    if (!supervision.end()) return Loop(supervision, descriptors, companions).run();
    for (Companion* companion : companions) companion->leave();
}

}  // namespace init
