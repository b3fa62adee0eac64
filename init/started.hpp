// The end of booting: the application is ready. Tells the console how long it took, and keeps the stamps of it for
// whoever asks later.
#pragma once

#include <cstddef>
#include <cstdint>

#include "init/companion.hpp"
#include "init/record.hpp"
#include "init/stamps.hpp"

namespace init {

class Supervision;
class Attendance;

class Started final : public Companion {
public:
    // Keeps text, the stamps of all up to here, and waits for the application to be executed and ready: supervision and
    // attendance outlive this. Never called: there is nothing to tell and nothing to keep.
    // line: the console is told when it is over. budget_ms: a start that took longer is a warning; 0: none.
    struct Wanted {
        std::uint64_t zero_us = 0;  // see Stamps
        std::uint64_t began_us = 0;
        std::uint32_t budget_ms = 0;
        bool line = false;
    };
    void begin(std::string text, const Wanted& wanted, const Supervision& supervision, const Attendance& attendance);

    // On record, and taken up again by another image of us.
    void keep(Starting& record) const;
    void go_on(const Starting& record, const Supervision& supervision, const Attendance& attendance);

    // A memory file with the text of stamps.hpp, ours; -1: there is none.
    int descriptor() const { return file_; }

    void join(Reactor& /*reactor*/) override { settled(); }
    void readable(int /*descriptor*/) override {}
    void settled() override;

private:
    bool look(conf::Writer& added);
    void add(std::string_view text);
    void tell();

    const Supervision* supervision_ = nullptr;  // null: nothing is awaited
    const Attendance* attendance_ = nullptr;
    Wanted wanted_;
    std::uint64_t executed_us_ = 0;
    std::uint64_t ready_us_ = 0;
    std::size_t size_ = 0;
    int file_ = -1;
    bool untold_ = false;  // it is over, but not told yet
};

// The text of such a file, at most limit bytes; it is read from its beginning, wherever others have read to.
std::string read_stamps(int descriptor, std::size_t limit);

}  // namespace init
