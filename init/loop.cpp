#include "init/loop.hpp"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <unistd.h>
#include <vector>

#include "init/clock.hpp"
#include "init/log.hpp"
#include "init/signals.hpp"
#include "plumb/contracts.hpp"
#include "plumb/platform.hpp"
#include "plumb/process.hpp"

namespace init {
namespace {

// With the executor named, Asio's type-erased one is not compiled in.
using Executor = boost::asio::io_context::executor_type;
using Clock = std::chrono::steady_clock;
using Descriptor = boost::asio::posix::basic_stream_descriptor<Executor>;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;
using boost::system::error_code;

#ifdef BOOST_ASIO_HAS_EPOLL
constexpr bool always_reactor = false;
#else
constexpr bool always_reactor = true;  // as on illumos, where what waits is tested here
#endif

class Loop final : public Reactor {
public:
    Loop(Supervision& supervision, const Descriptors& descriptors, std::span<Companion* const> companions)
        : supervision_(supervision), descriptors_(descriptors), companions_(companions) {}

    // As long as there is nothing but signals to wait for, they are taken without Asio: an orphan costs a call of the
    // kernel's for waiting and two for reaping, and what Asio needs of memory is not there.
    // None of the descriptors is closed here: signals that still come are noted by writing to one of them.
    void run() {
        // What ended while booting had its signal taken then.
        supervision_.reap_children();
        for (Companion* companion : companions_) companion->join(*this);
        supervision_.changed();
        settle_all();
        while (!supervision_.end()) {
            if (needs_reactor()) {
                wait();
            } else {
                end_reactor();
                await_signal();
            }
        }
        for (Companion* companion : companions_) companion->leave();
        end_reactor();
    }

    bool watch(int descriptor, Companion& companion) override { return add(descriptor, &companion) != nullptr; }

    bool watch_seldom(int descriptor, Companion& companion) override {
        if (!takes_signals() || seldom_ >= 0 || !plumb::announce_readable(descriptor))
            return watch(descriptor, companion);
        seldom_ = descriptor;
        seldom_companion_ = &companion;
        look_ = true;  // who came before it was announced
        return true;
    }

    // Its slot is used again once the wait under way has been told.
    void forget(int descriptor) override {
        if (descriptor == seldom_) seldom_ = -1;
        if (!reactor_) return;
        for (Slot& slot : reactor_->slots) {
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

    struct Asio {
        Asio() { slots.reserve(most_watched); }
        boost::asio::io_context context{1};
        std::vector<Slot> slots;
        Timer timer{context};
    };

    Asio& reactor() { return reactor_ ? *reactor_ : reactor_.emplace(); }

    void end_reactor() {
        if (!reactor_) return;
        for (Slot& slot : reactor_->slots) slot.descriptor.release();
        reactor_.reset();
        armed_.reset();
    }

    static bool takes_signals() { return !always_reactor && plumb::can_await_signals(); }

    bool reads_contracts() const { return plumb::is_started_again() && descriptors_.contract_events >= 0; }

    bool needs_reactor() const {
        if (!takes_signals() || descriptors_.power_button >= 0 || reads_contracts()) return true;
        if (!reactor_) return false;
        return std::ranges::any_of(reactor_->slots, [](const Slot& s) { return s.watched && s.companion != nullptr; });
    }

    void await_signal() {
        const auto first = first_deadline();
        const std::uint64_t now = first ? now_ms() : 0;
        const auto left = !first ? -1 : *first > now ? static_cast<std::int64_t>(*first - now) : 0;
        // Signals that never cease, with lower numbers than SIGCHLD, must not keep an end from being seen.
        constexpr int most_passed = 64;
        int passed = 0;
        plumb::ReceivedSignal received = plumb::await_signal(left);
        while (!first && passed < most_passed && passes_on(received))
            if (++passed < most_passed) received = plumb::await_signal(left);
        if (passed < most_passed) {
            take(received);
        } else {
            look_ = true;
            supervision_.reap_children();
        }
        if (!supervision_.end() && (first || look_)) tell_time();
        settle_all();
    }

    void settle_all() {
        for (Companion* companion : companions_) companion->settled();
        supervision_.save_changes();
    }

    bool passes_on(const plumb::ReceivedSignal& received) const {
        return received.number != 0 && received.number != sig_chld && received.number != sig_pipe &&
               !received.announced && supervision_.pass_on(received.number);
    }

    void wait() {
        reactor().context.restart();
        if (add(descriptors_.signals, nullptr) == nullptr) deaf();
        if (descriptors_.power_button >= 0) add(descriptors_.power_button, nullptr);
        if (reads_contracts()) add(descriptors_.contract_events, nullptr);
        set_timer();
        reactor_->context.run();
    }

    // At what is watched seldom; again with the next event if there was something.
    void look() {
        look_ = seldom_ >= 0 && plumb::is_readable(seldom_);
        if (!look_) return;
        supervision_.changed();
        seldom_companion_->readable(seldom_);
    }

    Slot* free_slot() {
        if (!reactor_ && !plumb::can_open(3)) return nullptr;  // epoll, a timer, what interrupts them: or Asio ends us
        auto& slots = reactor().slots;
        for (Slot& slot : slots)
            if (!slot.watched && !slot.waiting) return &slot;
        return slots.size() == most_watched ? nullptr : &slots.emplace_back(reactor_->context);
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

    // select(2) takes no descriptor from FD_SETSIZE on: we would run and hear nothing.
    static void deaf() {
        log::error("wait for signals: cannot be done with this descriptor: start mvinit with fewer open files");
        std::abort();
    }
    void tell(Slot& slot) {
        const int descriptor = slot.descriptor.native_handle();
        if (slot.companion != nullptr) {
            supervision_.changed();
            return slot.companion->readable(descriptor);
        }
        if (descriptor == descriptors_.signals) return take_signals();
        if (descriptor == descriptors_.contract_events) return supervision_.read_contracts();
        if (plumb::read_power_button(descriptor)) supervision_.handle(EndWanted{conf::EndAction::poweroff});
    }

    // Only so many at once: signals that never cease must not keep the timer from being looked at.
    void take_signals() {
        constexpr int most_batches = 64;
        for (int taken = 0; taken < most_batches; ++taken) {
            const plumb::SignalBatch batch = plumb::read_signals(descriptors_.signals);
            for (std::size_t at = 0; at < batch.count && !supervision_.end(); ++at) take(batch.signals[at]);
            if (supervision_.end() || batch.count == 0) return;
        }
    }

    // Children first: an application that has ended must not be sent the signals that came after.
    void take(const plumb::ReceivedSignal& received) {
        // Now and then in any case: behind thousands of real-time signals an announcement waits for a long time.
        if (received.number == 0 || received.announced || ++taken_ % 64 == 0) look_ = true;
        if (received.number == 0) return;
        // Our own, for a message whose reader has gone: no business of the application's.
        if (received.number == sig_pipe && received.sender == getpid()) return;
        supervision_.reap_children();
        if (received.number != sig_chld && !supervision_.end())
            supervision_.handle(Signalled{received.number, received.sender});
        plumb::signal_is_told();
    }

    // After every event: either it is over, or we wait on, for as long as whoever is first says.
    void settle() {
        settle_all();
        if (supervision_.end() || !needs_reactor()) return reactor_->context.stop();
        set_timer();
    }

    std::optional<std::uint64_t> first_deadline() const {
        if (look_) return 0;
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
        Timer& timer = reactor_->timer;
        timer.cancel();
        if (!wanted) return;
        timer.expires_at(Clock::time_point(std::chrono::milliseconds(*wanted)));
        timer.async_wait([this](error_code error) {
            if (error) return;
            armed_.reset();
            tell_time();
            settle();
        });
    }

    void tell_time() {
        if (look_) look();
        for (Companion* companion : companions_) {
            const auto deadline = companion->deadline();
            if (!deadline || *deadline > now_ms()) continue;
            supervision_.changed();
            companion->due();
        }
        if (supervision_.timer() && *supervision_.timer() <= now_ms()) supervision_.handle(TimerFired{});
    }

    Supervision& supervision_;
    const Descriptors& descriptors_;
    std::span<Companion* const> companions_;
    std::optional<Asio> reactor_;  // none: nothing is to be waited for but signals
    int seldom_ = -1;
    Companion* seldom_companion_ = nullptr;
    bool look_ = false;  // it may be readable
    unsigned taken_ = 0;
    std::optional<std::uint64_t> armed_;
};

}  // namespace

void run_loop(Supervision& supervision, const Descriptors& descriptors, std::span<Companion* const> companions) {
    if (!supervision.end()) return Loop(supervision, descriptors, companions).run();
    for (Companion* companion : companions) companion->leave();
}

}  // namespace init
