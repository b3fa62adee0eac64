// Attendance on record, and taken up again by another image of us.
#include <signal.h>
#include <string_view>
#include <utility>

#include "init/attendance.hpp"
#include "init/clock.hpp"
#include "plumb/live.hpp"

namespace init {

void Attendance::keep(Caring& record) const {
    record.care = state_;
    record.first_speaker = speakers_.first;
    record.main_speaker = speakers_.main;
    record.speaker_user = speakers_.user;
    record.line = line_;
    record.line_end = line_end_;
    record.passed_ready = passed_ready_;
    record.passed_stopping = passed_stopping_;
    record.restart = restart_ ? static_cast<std::uint8_t>(1 + static_cast<int>(*restart_)) : 0;
    record.reloading_us = reloading_us_;
    record.probe = prober_.child();
    record.status = status_;
    notify_.keep(record);
    hardware_.keep(record);
}

// A question that was being asked is asked again; what the one who asked would say is of no interest any more.
void Attendance::go_on(const Caring& record) {
    state_ = record.care;
    speakers_ = {record.first_speaker, record.main_speaker, record.speaker_user};
    line_ = record.line;
    line_end_ = record.line_end;
    passed_ready_ = record.passed_ready;
    passed_stopping_ = record.passed_stopping;
    if (record.restart != 0) restart_ = static_cast<Why>(record.restart - 1);
    reloading_us_ = record.reloading_us;
    status_ = record.status;
    notify_.go_on(record);
    prober_.take_over(record.probe);
    wants_answer_ = state_.asking;
    const std::string_view heard(plumb::live->heard.data(), plumb::live->heard.size());
    if (line_ >= 0 && heard.find('\n') != std::string_view::npos) take({CareEvent::newline});
}

}  // namespace init
