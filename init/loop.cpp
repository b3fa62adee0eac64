#include "init/loop.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <unistd.h>

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

class Loop {
public:
    Loop(Supervision& supervision, const Descriptors& descriptors)
        : supervision_(supervision),
          signals_(context_, descriptors.signals),
          button_(context_),
          contracts_(context_),
          timer_(context_) {
        if (descriptors.power_button >= 0) button_.assign(descriptors.power_button);
        if (plumb::is_started_again() && descriptors.contract_events >= 0)
            contracts_.assign(descriptors.contract_events);
    }

    // None of the descriptors is closed here: signals that still come are noted by writing to one of them.
    void run() {
        // What ended while booting had its signal taken then.
        supervision_.reap_children();
        if (!supervision_.end()) wait();
        signals_.release();
        if (button_.is_open()) button_.release();
        if (plumb::is_started_again() && contracts_.is_open()) contracts_.release();
    }

private:
    void wait() {
        await_signals();
        if (button_.is_open()) await_button();
        if (plumb::is_started_again() && contracts_.is_open()) await_contracts();
        set_timer();
        context_.run();
    }

    void await_signals() {
        signals_.async_wait(Descriptor::wait_read, [this](error_code error) {
            if (error) return deaf(error);
            take_signals();
            settle([this] { await_signals(); });
        });
    }

    // select(2) takes no descriptor from FD_SETSIZE on: one that many inherited ones pushed up there would leave us
    // running and hearing nothing.
    static void deaf(error_code error) {
        if (error.value() == ECANCELED) return;
        log::error("wait for signals: cannot be done with this descriptor: start mvinit with fewer open files");
        std::abort();
    }

    void await_button() {
        button_.async_wait(Descriptor::wait_read, [this](error_code error) {
            if (error) return;
            if (plumb::read_power_button(button_.native_handle()))
                supervision_.handle(EndWanted{conf::EndAction::poweroff});
            settle([this] { await_button(); });
        });
    }

    void await_contracts() {
        contracts_.async_wait(Descriptor::wait_read, [this](error_code error) {
            if (error) return;
            supervision_.read_contracts();
            settle([this] { await_contracts(); });
        });
    }

    // Children first: an application that has ended must not be sent the signals that came after.
    // Only so many at once: signals that never cease must not keep the timer from being looked at.
    void take_signals() {
        constexpr int at_once = 64;
        for (int taken = 0; taken < at_once && !supervision_.end(); ++taken) {
            const plumb::ReceivedSignal received = plumb::read_signal(signals_.native_handle());
            if (received.number == 0) return;
            // Our own, for a message whose reader has gone: no business of the application's.
            if (received.number == sig_pipe && received.sender == getpid()) continue;
            supervision_.reap_children();
            if (received.number != sig_chld && !supervision_.end())
                supervision_.handle(Signalled{received.number, received.sender});
        }
    }

    // After every event: either it is over, or we wait on, for as long as the state machine says.
    template <class Again>
    void settle(Again again) {
        if (supervision_.end()) return context_.stop();
        set_timer();
        again();
    }

    void set_timer() {
        const auto wanted = supervision_.timer();
        if (wanted == armed_) return;
        armed_ = wanted;
        timer_.cancel();
        if (!wanted) return;
        timer_.expires_at(Clock::time_point(std::chrono::milliseconds(*wanted)));
        timer_.async_wait([this](error_code error) {
            if (error) return;
            armed_.reset();
            // A signal of the same round may have put it off; then it is only armed again.
            if (supervision_.timer() && *supervision_.timer() <= now_ms()) supervision_.handle(TimerFired{});
            settle([] {});
        });
    }

    Supervision& supervision_;
    boost::asio::io_context context_{1};
    Descriptor signals_;
    Descriptor button_;
    Descriptor contracts_;
    Timer timer_;
    std::optional<std::uint64_t> armed_;
};

}  // namespace

void run_loop(Supervision& supervision, const Descriptors& descriptors) {
    if (supervision.end()) return;
    Loop(supervision, descriptors).run();
}

}  // namespace init
