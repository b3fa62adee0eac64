// Inside of held.cpp and the calls on top of it.
#pragma once

#include "kernel.hpp"

namespace kernel {

struct Held {
    int reader = -1;
    bool queued_before = false;  // it was empty when we took it up
    bool acknowledged = false;   // its EMPTY
};

Held* find_held(int contract);  // nullptr: not held by us
bool is_bundle(int descriptor);
void reset_bundle(int bundle);
int take_event(int bundle);  // the contract that is empty; 0: no event
std::string held_directory();

}  // namespace kernel
