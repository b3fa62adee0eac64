// The record of another image of mvinit: what a crash in the midst of writing it leaves, and what other versions do.
#include "init/record.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <memory>
#include <set>
#include <span>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace init;

namespace {

using Slots = std::array<Slot, 2>;

Record record_of(std::int32_t pid) {
    Record record;
    record.course.pid = pid;
    record.state.app_pid = pid;
    record.state.restarts = static_cast<std::uint32_t>(pid);
    record.steps.marks.fill(static_cast<std::uint32_t>(pid));
    record.starting.size = static_cast<std::uint64_t>(pid);
    return record;
}

bool is_of(const Record& record, std::int32_t pid) {
    const auto number = static_cast<std::uint32_t>(pid);
    return record.course.pid == pid && record.state.app_pid == pid && record.state.restarts == number &&
           record.steps.marks.front() == number && record.steps.marks.back() == number &&
           record.starting.size == number;
}

std::span<const std::byte> bytes_of(const Slots& slots) {
    return std::as_bytes(std::span(slots));
}

// Old, new, or neither of them.
enum class Left { old_one, new_one, neither };
Left left_in(const Slots& slots, std::int32_t old_pid, std::int32_t new_pid) {
    Record record;
    if (!read_record(bytes_of(slots), sizeof(Slot), record).good) return Left::neither;
    if (is_of(record, old_pid)) return Left::old_one;
    return is_of(record, new_pid) ? Left::new_one : Left::neither;
}

// Memory that a child and we have together.
Slots& shared_slots() {
    void* const place = mmap(nullptr, sizeof(Slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(place != MAP_FAILED);
    return *new (place) Slots;
}

}  // namespace

TEST_CASE("record: what is written last is read, for ever") {
    auto slots = std::make_unique<Slots>();
    Record none;
    CHECK_FALSE(read_record(bytes_of(*slots), sizeof(Slot), none).good);
    CHECK(read_record(bytes_of(*slots), sizeof(Slot), none).problem == nullptr);
    for (std::int32_t pid = 1; pid < 50; ++pid) {
        write_record(*slots, record_of(pid));
        Record record;
        REQUIRE(read_record(bytes_of(*slots), sizeof(Slot), record).good);
        CHECK(is_of(record, pid));
    }
}

TEST_CASE("record: after each instruction of its writing the old or the new one is there") {
    Slots& slots = shared_slots();
    write_record(slots, record_of(7));
    write_record(slots, record_of(8));
    const Record fresh = record_of(9);
    const pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        raise(SIGSTOP);
        write_record(slots, fresh);
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    std::size_t steps = 0;
    std::size_t of_old = 0;
    std::size_t of_new = 0;
    std::size_t lost = 0;
    while (WIFSTOPPED(status)) {
        const Left left = left_in(slots, 8, 9);
        ++(left == Left::old_one ? of_old : left == Left::new_one ? of_new : lost);
        // Never back: once the new one is there it stays.
        if (left == Left::old_one && of_new != 0) ++lost;
        ++steps;
        if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) break;
        waitpid(child, &status, 0);
    }
    CHECK(WIFEXITED(status));
    CHECK(lost == 0);
    CHECK(steps > 500);
    CHECK(of_old > 100);
    CHECK(of_new > 0);
    munmap(&slots, sizeof slots);
}

TEST_CASE("record: of a copy that is torn anywhere the other one is read") {
    auto before = std::make_unique<Slots>();
    write_record(*before, record_of(1));
    write_record(*before, record_of(2));
    auto after = std::make_unique<Slots>(*before);
    write_record(*after, record_of(3));
    const auto* from = reinterpret_cast<const std::byte*>(before.get());
    const auto* to = reinterpret_cast<const std::byte*>(after.get());
    for (std::size_t cut = 0; cut <= sizeof(Slots); cut += 3) {
        auto front = std::make_unique<Slots>(*before);
        std::memcpy(reinterpret_cast<std::byte*>(front.get()), to, cut);
        CHECK(left_in(*front, 2, 3) != Left::neither);
        auto back = std::make_unique<Slots>(*after);
        std::memcpy(reinterpret_cast<std::byte*>(back.get()), from, cut);
        CHECK(left_in(*back, 2, 3) != Left::neither);
    }
}

TEST_CASE("record: another version's sections may be shorter, longer, fewer or more") {
    auto slots = std::make_unique<Slots>();
    write_record(*slots, record_of(5));
    Slot& slot = (*slots)[0];
    struct Case {
        const char* what;
        std::size_t section;
        int longer;  // bytes, a multiple of 8
    };
    // Each by writing the copy as such a version would, whose sum is then a matter of write_record()'s own reader.
    for (const Case& c : {Case{"longer", 0, 8}, Case{"shorter", 3, -8}}) {
        CAPTURE(c.what);
        std::vector<std::vector<std::byte>> sections;
        std::size_t at = 0;
        for (std::size_t n = 0; n < slot.header.count; ++n) {
            const std::size_t size = slot.header.sizes[n];
            sections.emplace_back(slot.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                  slot.bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
            at += (size + 7) / 8 * 8;
        }
        auto& changed = sections[c.section];
        changed.resize(changed.size() + static_cast<std::size_t>(c.longer));
        auto other = std::make_unique<Slots>();
        Slot& made = (*other)[0];
        made.header = slot.header;
        at = 0;
        for (std::size_t n = 0; n < sections.size(); ++n) {
            made.header.sizes[n] = static_cast<std::uint16_t>(sections[n].size());
            std::memcpy(made.bytes.data() + at, sections[n].data(), sections[n].size());
            at += (sections[n].size() + 7) / 8 * 8;
        }
        sign(made);
        Record record;
        REQUIRE(read_record(bytes_of(*other), sizeof(Slot), record).good);
        CHECK(record.course.pid == 5);
        CHECK(record.state.restarts == 5);
        CHECK(record.starting.size == 5);
        made.header.version = record_version + 1;
        sign(made);
        Record later;
        const Found refused = read_record(bytes_of(*other), sizeof(Slot), later);
        CHECK_FALSE(refused.good);
        CHECK(std::string(refused.problem) == "another version of mvinit wrote it");
    }
}

TEST_CASE("record: every descriptor in it is told of once") {
    Record record;
    std::int32_t next = 10;
    for (std::int32_t* one :
         {&record.course.taken_text, &record.course.boot_text, &record.supervising.pending_exec, &record.caring.notify,
          &record.caring.line, &record.caring.line_end, &record.caring.device, &record.hooking.pending,
          &record.capturing.ring, &record.capturing.ring_reader, &record.controlling.listener, &record.starting.file})
        *one = next++;
    for (Capturing::Process& process : record.capturing.processes) {
        process.link = next++;
        process.file = {next, next + 1, next + 2};
        next += 3;
    }
    for (Capturing::Pipe& pipe : record.capturing.streams) {
        pipe = {next, next + 1, next + 2};
        next += 3;
    }
    for (Controlling::Client& client : record.controlling.clients) client.socket = next++;
    std::multiset<int> seen;
    for_each_descriptor(
        record, [](int number, void* data) { static_cast<std::multiset<int>*>(data)->insert(number); }, &seen);
    CHECK(seen.size() == static_cast<std::size_t>(next - 10));
    for (std::int32_t number = 10; number < next; ++number) CHECK(seen.count(number) == 1);
    std::multiset<int> none;
    for_each_descriptor(
        Record{}, [](int number, void* data) { static_cast<std::multiset<int>*>(data)->insert(number); }, &none);
    CHECK(none.empty());
}
