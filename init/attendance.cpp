#include "init/attendance.hpp"

#include "init/clock.hpp"

namespace init {

void Attendance::prepare(Program& /*program*/) {}

void Attendance::started(std::int32_t /*pid*/) {
    ready_ms_ = now_ms();
}

void Attendance::gone() {
    ready_ms_ = 0;
}

bool Attendance::child_ended(const Ended& /*ended*/) {
    return false;
}

void Attendance::join(Reactor& /*reactor*/) {}

void Attendance::readable(int /*descriptor*/) {}

}  // namespace init
