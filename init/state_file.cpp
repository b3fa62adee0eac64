#include "init/state_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plumb/files.hpp"
#include "plumb/memory_file.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"
#include "plumb/survival.hpp"

namespace init {
namespace {

constexpr std::uint64_t our_magic = 0x3374'696e'6976'6dULL;  // "mvinit3"

// What goes on to the next image, where that is no file. Pages that nobody has touched are not there.
[[gnu::section(".sbss.state")]] alignas(StateMemory) std::byte own_memory[sizeof(StateMemory)];

// Who has the memory, for save_state().
StateFile* current = nullptr;

std::string contents(int descriptor) {
    const off_t size = lseek(descriptor, 0, SEEK_END);
    std::string bytes(static_cast<std::size_t>(std::clamp<off_t>(size, 0, most_state_bytes)), '\0');
    const ssize_t got = pread(descriptor, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

plumb::Live live_of(std::string_view left) {
    plumb::Live live;
    left.copy(static_cast<char*>(static_cast<void*>(&live)), sizeof live);
    return live;
}

}  // namespace

Found read_state(std::span<const std::byte> bytes, Record& record) {
    constexpr std::size_t head = offsetof(plumb::Live, slot_size) + sizeof(std::uint32_t);
    plumb::Live live;
    if (bytes.size() < head) return {false, "it is too short"};
    std::memcpy(static_cast<void*>(&live), bytes.data(), head);
    if (live.magic != our_magic) return {false, "it is not mvinit's"};
    if (live.slot_offset > bytes.size()) return {false, "it is too short"};
    return read_record(bytes.subspan(live.slot_offset), live.slot_size, record);
}

StateFile::~StateFile() {
    if (current == this) {
        current = nullptr;
        plumb::forget_live();
    }
    if (memory_ == nullptr)
        delete record_;
    else if (descriptor_ >= 0)
        munmap(memory_, sizeof *memory_);
    if (descriptor_ >= 0) close(descriptor_);
}

// What is there, of whatever version, into record_, which lies in the memory from then on. False: it cannot be mapped,
// errno says why.
bool StateFile::take_over(int descriptor, Found& found) {
    const std::string left = contents(descriptor);
    if (!left.empty()) found = read_state(std::as_bytes(std::span(left)), record());
    if (left.size() < sizeof(StateMemory) && ftruncate(descriptor, sizeof(StateMemory)) != 0) return false;
    void* const place = mmap(nullptr, sizeof(StateMemory), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (place == MAP_FAILED) return false;
    descriptor_ = descriptor;
    settle(static_cast<StateMemory*>(place), left, found.good);
    return true;
}

void StateFile::settle(StateMemory* memory, std::string_view left, bool good) {
    memory_ = memory;
    lay_out(left, good);
    use();
    current = this;
    if (good) write_record(memory_->slots, record());
}

void StateFile::use() {
    // It was no file before, maybe: then nobody has it among what goes on.
    if (descriptor_ >= 0 && descriptor_ < 64) memory_->live.kept[0] |= std::uint64_t{1} << descriptor_;
    record_ = &memory_->record;
    plumb::live = &memory_->live;
}

// Another version may have had the copies elsewhere, and less or more before them. Of what was there only the faults,
// and what others count or we were, hold good where the record does not. In a file of our own version Live stays where
// it is, and so do the copies.
void StateFile::lay_out(std::string_view left, bool good) {
    const plumb::Live before = live_of(left);
    const bool ours = before.magic == our_magic;
    const bool same = descriptor_ >= 0 && good && before.slot_offset == offsetof(StateMemory, slots) &&
                      before.slot_size == sizeof(Slot);
    if (!same) new (memory_) StateMemory;
    plumb::Live& live = memory_->live;
    if (!same && ours && good)
        std::memcpy(static_cast<void*>(&live), &before, std::min<std::size_t>(before.slot_offset, sizeof live));
    if (!same && ours && !good) {
        live.faults = before.faults;
        live.fault_ms = before.fault_ms;
        live.oom_score_adj = before.oom_score_adj;
        live.dropped = before.dropped;
        // An older one had none of these, but its copies there.
        if (before.slot_offset == offsetof(StateMemory, slots)) live.limits = before.limits;
    }
    live.magic = our_magic;
    live.slot_offset = offsetof(StateMemory, slots);
    live.slot_size = sizeof(Slot);
    if (good) memory_->record = record();
    delete std::exchange(record_, &memory_->record);
}

// Not before it is needed: what a fresh start has is in the memory from the beginning, and pages cost time.
Record& StateFile::made() const {
    if (record_ == nullptr) record_ = new Record;
    return *record_;
}

// Without it everything goes on but what it is for. What lies there as another's descriptor is closed like all others.
Found StateFile::inherit(bool keeps_descriptors) {
    const int inherited = plumb::inherited_memory_file();
    plumb::Live left;
    const bool ours = inherited >= 0 && pread(inherited, static_cast<void*>(&left), sizeof left, 0) == sizeof left &&
                      left.magic == our_magic;
    Found found{false, inherited >= 0 && !ours ? "it is not mvinit's" : nullptr};
    if (!ours) {
        plumb::close_from(STDERR_FILENO + 1);
        if (keeps_descriptors ? plumb::keep_memory_file_number() : plumb::can_survive())
            settle(reinterpret_cast<StateMemory*>(own_memory), {}, false);
    } else {
        Found read;
        const bool there = take_over(inherited, read);
        // Read it was, but for whoever comes after us nothing could be written there.
        if (!there) read.good = false;
        if (read.good && record().course.pid != getpid()) read = {false, "it is another process'"};
        if (read.good) {
            plumb::close_all_but(plumb::live->kept);
            return read;
        }
        // With nothing recorded and no child begun, the fault came before anything that is not simply done again.
        found.problem = read.problem == nullptr && left.spawned != 0 ? "it is empty" : read.problem;
        if (!there) found.problem = "it cannot be mapped";
        // Another fault before the first save is not to be taken for one before anything was begun.
        if (there && found.problem != nullptr) plumb::live->spawned = -1;
        // It may go on to our next image, but to no application.
        fcntl(inherited, F_SETFD, FD_CLOEXEC);
        plumb::close_from(inherited + 1);
        record() = Record{};
    }
    record().course.pid = getpid();
    return found;
}

// Into a file of its number, which is mapped from then on. Up to the last line the memory is what goes on.
bool StateFile::share() {
    if (descriptor_ >= 0 || memory_ == nullptr) return descriptor_ >= 0;
    const int made = plumb::make_inheritable_memory_file("mvinit");
    const std::string_view bytes(reinterpret_cast<const char*>(memory_), sizeof *memory_);
    // What else would get the number would be closed by the next fault.
    if (made < 0) plumb::keep_memory_file_number();
    if (made < 0 || plumb::write_all(made, bytes) != 0) return false;
    void* const place = mmap(nullptr, sizeof(StateMemory), PROT_READ | PROT_WRITE, MAP_SHARED, made, 0);
    if (place == MAP_FAILED) return false;
    descriptor_ = made;
    memory_ = static_cast<StateMemory*>(place);
    use();
    plumb::LastResort& last = plumb::last_resort;
    if (last.path != nullptr) last.path = record_->course.program.data();
    last.state = nullptr;
    return true;
}

void StateFile::save() {
    // The last resort learns by this, too, of the application: all the more where there is no next image.
    if (gather_ != nullptr) gather_(context_, record());
    if (memory_ == nullptr) return;
    // Both the old and the new ones until the new record is there.
    std::array<std::uint64_t, 4> kept{};
    const auto keep = [](int descriptor, void* data) {
        auto& bits = *static_cast<std::array<std::uint64_t, 4>*>(data);
        const auto number = static_cast<std::size_t>(descriptor);
        if (number < bits.size() * 64) bits[number / 64] |= std::uint64_t{1} << number % 64;
    };
    keep(descriptor_, &kept);
    for_each_descriptor(*record_, keep, &kept);
    for (std::size_t at = 0; at < kept.size(); ++at) memory_->live.kept[at] |= kept[at];
    write_record(memory_->slots, *record_);
    memory_->live.kept = kept;
}

void save_state() {
    if (current != nullptr) current->save();
}

void forget_state() {
    current = nullptr;
    plumb::forget_live();
}

bool share_state() {
    return current == nullptr || current->share();
}

bool keeps_state() {
    return current != nullptr;
}

int open_state() {
    return current == nullptr ? -1 : current->open_for_reading();
}

// A file that is locked is not opened again: the lock would go with whichever descriptor is closed first.
int StateFile::open_for_reading() const {
    if (descriptor_ >= 0 && plumb::can_survive()) return plumb::open_again(descriptor_, O_RDONLY);
    const auto made = memory_ == nullptr ? plumb::Result<int>(-1) : plumb::make_memory_file("mvinit");
    if (!made || *made < 0) return -1;
    const std::string_view bytes(reinterpret_cast<const char*>(memory_), sizeof *memory_);
    const int opened = plumb::write_all(*made, bytes) == 0 ? plumb::open_again(*made, O_RDONLY) : -1;
    close(*made);
    return opened;
}

void note_path(std::string_view path) {
    if (current == nullptr) return;
    auto& kept = current->record().course.program;
    if (path.size() >= kept.size()) return;
    kept = {};
    path.copy(kept.data(), path.size());
}

Steps* kept_steps() {
    return current == nullptr ? nullptr : &current->record().steps;
}

void note_boot_stop(std::int32_t signal) {
    if (current == nullptr) return;
    current->record().course.boot_stop = signal;
    current->record().course.signals_done = plumb::live->signals;
    current->save();
}

void StateFile::begin_anew() {
    const Record old = record();
    gather_ = nullptr;
    record() = Record{};
    record().course.pid = old.course.pid;
    record().course.plan_done = old.course.plan_done;
    record().steps = old.steps;
    save();
}

void StateFile::mark(std::uint32_t step) {
    Steps& steps = record().steps;
    if (steps.mark_count >= steps.marks.size()) return;
    steps.marks[steps.mark_count++] = step;
    save();
}

bool StateFile::is_marked(std::uint32_t step) const {
    const auto& marks = record().steps.marks;
    const auto end = marks.begin() + std::min<std::size_t>(record().steps.mark_count, marks.size());
    return std::find(marks.begin(), end, step) != end;
}

}  // namespace init
