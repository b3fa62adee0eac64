// The configuration read again, while the application runs.
#pragma once

#include <string_view>

#include "conf/config.hpp"
#include "init/capture.hpp"
#include "init/configuration.hpp"
#include "init/control.hpp"
#include "init/supervision.hpp"

namespace init {

// What a reload needs to know. Kept for as long as the loop runs.
struct Reloading {
    const Sources& sources;
    Control& control;
    const Capture& capture;
    conf::Role role = conf::Role::machine;
    // The text of the configuration as it was taken, to be compared with: in a file in memory, so that it costs no
    // memory of ours. -1: there is none.
    int taken = -1;
    int at_boot = -1;  // the same of the one that the sinks come of, where that is another
};

// Puts the text of the configuration that is taken aside.
void keep_text(Reloading& reloading, std::string_view text);

// It, and the one of booting, whole; empty where there is none.
std::string text_of(int descriptor);

// The ReloadFunction; context: the Reloading. What cannot be used changes nothing. What differs is told on the console
// and in what is returned: see conf::changes_text.
Reloaded reload(void* context, Supervised& supervised);

}  // namespace init
