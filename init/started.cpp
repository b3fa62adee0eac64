#include "init/started.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>
#include <utility>

#include "init/attendance.hpp"
#include "init/clock.hpp"
#include "init/lasting.hpp"
#include "init/log.hpp"
#include "init/supervision.hpp"

namespace init {

void Started::begin(std::string text, const Wanted& wanted, const Supervision& supervision,
                    const Attendance& attendance) {
    supervision_ = &supervision;
    attendance_ = &attendance;
    wanted_ = wanted;
    if (const auto made = make_lasting_file(lasting_stamps))
        file_ = *made;
    else
        log::warning(plumb::to_text(made.error()) + ": mvinit analyze will know nothing");
    // The usual case, where the application is ready at once, is one write.
    conf::Writer all{std::move(text)};
    untold_ = look(all);
    add(all.text);
}

void Started::keep(Starting& record) const {
    record.file = file_;
    record.waits = supervision_ != nullptr;
    record.line = wanted_.line;
    record.untold = untold_;
    record.budget_ms = wanted_.budget_ms;
    record.zero_us = wanted_.zero_us;
    record.began_us = wanted_.began_us;
    record.executed_us = executed_us_;
    record.ready_us = ready_us_;
    record.size = size_;
}

void Started::go_on(const Starting& record, const Supervision& supervision, const Attendance& attendance) {
    file_ = record.file;
    if (record.waits) supervision_ = &supervision;
    attendance_ = &attendance;
    wanted_ = {record.zero_us, record.began_us, record.budget_ms, record.line};
    untold_ = record.untold;
    executed_us_ = record.executed_us;
    ready_us_ = record.ready_us;
    size_ = record.size;
}

// Told from the loop alone: what goes wrong with the control socket, before there is one, is no part of booting, but
// the line is to be the last.
void Started::settled() {
    if (untold_) tell();
    if (supervision_ == nullptr) return;
    conf::Writer added;
    const bool ready = look(added);
    if (!added.text.empty()) add(added.text);
    if (ready) tell();
}

// What has come since is put into added. True: all has.
bool Started::look(conf::Writer& added) {
    if (executed_us_ == 0 && supervision_->state().phase == Phase::running) {
        executed_us_ = now_us();
        put_stamp(added, "exec", executed_us_);
    }
    const std::uint64_t ready_ms = attendance_->ready_ms();
    if (executed_us_ == 0 || ready_ms == 0) return false;
    ready_us_ = std::max(executed_us_, ready_ms * 1000);
    put_stamp(added, "ready", ready_us_);
    supervision_ = nullptr;
    return true;
}

// At a place of our own: who was given a copy of the descriptor shares its offset.
void Started::add(std::string_view text) {
    const ssize_t written = pwrite(file_, text.data(), text.size(), static_cast<off_t>(size_));
    if (written > 0) size_ += static_cast<std::size_t>(written);
}

void Started::tell() {
    untold_ = false;
    Stamps stamps;
    std::string text;
    if (wanted_.budget_ms != 0) {
        // What the steps took is only in the file: nothing of it is kept here.
        text = read_stamps(file_, size_);
        if (!parse_stamps(text, stamps)) stamps.steps.clear();
    }
    stamps.zero = wanted_.zero_us;
    stamps.began = wanted_.began_us;
    stamps.executed = executed_us_;
    stamps.ready = ready_us_;
    if (const std::string late = overrun(stamps, wanted_.budget_ms); !late.empty()) log::warning(late);
    if (wanted_.line) log::info(summary(stamps));
}

std::string read_stamps(int descriptor, std::size_t limit) {
    std::string text;
    std::array<char, 4096> piece;
    while (text.size() < limit) {
        const std::size_t wanted = std::min(piece.size(), limit - text.size());
        const ssize_t got = pread(descriptor, piece.data(), wanted, static_cast<off_t>(text.size()));
        if (got <= 0) break;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
}

}  // namespace init
