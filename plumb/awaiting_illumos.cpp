// Several signals at once, on illumos: one after the other.
#include "plumb/process.hpp"

namespace plumb {

SignalBatch read_signals(int descriptor) {
    SignalBatch batch;
    while (batch.count < batch.signals.size()) {
        const ReceivedSignal received = read_signal(descriptor);
        if (received.number == 0) break;
        batch.signals[batch.count++] = received;
    }
    return batch;
}

// They arrive at handlers, whatever waits.
bool can_await_signals() {
    return false;
}

ReceivedSignal await_signal(std::int64_t /*timeout_ms*/) {
    return {};
}

void signal_is_told() {}

ReceivedSignal signal_left(std::uint64_t /*done*/) {
    return {};
}

bool announce_readable(int /*descriptor*/) {
    return false;
}

bool is_readable(int /*descriptor*/) {
    return false;
}

}  // namespace plumb
