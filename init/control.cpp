#include "init/control.hpp"

namespace init {

void Control::open(ControlSettings /*settings*/, const Steered& /*steered*/) {}

void Control::reopen() {}

void Control::join(Reactor& /*reactor*/) {}

void Control::readable(int /*descriptor*/) {}

void Control::leave() {}

}  // namespace init
