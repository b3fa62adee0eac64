#include "init/control.hpp"

#include <utility>

#include "init/supervision.hpp"

namespace init {

struct Control::Clients {};

ControlSettings control_settings(const conf::Control& control, const conf::Arguments& arguments, bool forward_only) {
    ControlSettings settings;
    settings.path = arguments.control.empty() ? control.path : arguments.control;
    settings.group = control.group;
    settings.wanted = !arguments.control.empty() || (control.enabled && !forward_only);
    settings.named = !settings.path.empty() || !settings.group.empty();
    return settings;
}

Control::Control() = default;
Control::~Control() = default;
void Control::open(ControlSettings /*settings*/, const Steered& /*steered*/) {}
void Control::reopen() {}
void Control::reopen(ControlSettings /*settings*/) {}
void Control::join(Reactor& /*reactor*/) {}
void Control::readable(int /*descriptor*/) {}
std::optional<std::uint64_t> Control::deadline() const {
    return {};
}
void Control::due() {}
void Control::settled() {}
void Control::leave() {}

}  // namespace init
