#include "init/capture.hpp"

namespace init {

plumb::Result<void> Capture::open(const std::vector<conf::Sink>& /*sinks*/, const std::string& /*console*/,
                                  Program& /*program*/) {
    return {};
}

void Capture::start() {}

int Capture::ring() const {
    return -1;
}

void Capture::pause() {}

void Capture::resume() {}

void Capture::join(Reactor& /*reactor*/) {}

void Capture::readable(int /*descriptor*/) {}

void Capture::leave() {}

}  // namespace init
