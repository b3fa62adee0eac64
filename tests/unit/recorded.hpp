// What tests of the record have on it: an application that runs, with a past.
#pragma once

#include "init/record.hpp"

namespace bench {

inline init::Record some_record() {
    init::Record record;
    record.course.pid = 100;
    record.course.plan_done = 1;
    record.state.phase = init::Phase::running;
    record.state.app_pid = 42;
    record.state.contract = 7;
    record.state.restarts = 3;
    record.state.next_backoff_ms = 400;
    record.state.started_ms = 123'456;
    return record;
}

}  // namespace bench
