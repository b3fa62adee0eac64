#include "init/record.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace init {
namespace {

struct Section {
    std::size_t offset;
    std::uint16_t size;
};

constexpr Section sections[] = {
    {offsetof(Record, course), sizeof(Course)},
    {offsetof(Record, state), sizeof(State)},
    {offsetof(Record, supervising), sizeof(Supervising)},
    {offsetof(Record, steps), sizeof(Steps)},
    {offsetof(Record, caring), sizeof(Caring)},
    {offsetof(Record, hooking), sizeof(Hooking)},
    {offsetof(Record, capturing), sizeof(Capturing)},
    {offsetof(Record, controlling), sizeof(Controlling)},
    {offsetof(Record, starting), sizeof(Starting)},
#ifdef MVINIT_NEXT_RECORD
    {offsetof(Record, later), sizeof(Later)},
#endif
};
constexpr std::size_t section_count = std::size(sections);
static_assert(section_count <= most_sections);
static_assert(sizeof(Record) <= sizeof(Slot::bytes));

constexpr std::size_t header_size = sizeof(SlotHeader);
static_assert(offsetof(Slot, bytes) == header_size);
constexpr std::size_t unsummed = offsetof(SlotHeader, version);

constexpr std::size_t rounded(std::size_t size) {
    return (size + 7) / 8 * 8;
}

// FNV-1a by words: half a record is what is to be told apart. bytes: a multiple of 8.
std::uint64_t sum(std::uint64_t sequence, const std::byte* bytes, std::size_t size) {
    std::uint64_t result = 14'695'981'039'346'656'037ULL ^ sequence;
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, sizeof word);
        result = (result ^ word) * 1'099'511'628'211ULL;
        result ^= result >> 32;
    }
    return result;
}

// Nothing of what comes before in the program is done after, as seen by whoever finds the memory later.
void in_order() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

// The size of what a header says to follow it; 0: that cannot be.
std::size_t size_of(const SlotHeader& header, std::size_t slot_size) {
    if (header.count > most_sections) return 0;
    std::size_t size = 0;
    for (std::size_t at = 0; at < header.count; ++at) size += rounded(header.sizes[at]);
    return size <= slot_size - header_size ? size : 0;
}

std::uint64_t sum_of(const Slot& slot, std::uint64_t sequence) {
    const std::size_t size = header_size - unsummed + size_of(slot.header, sizeof slot);
    return sum(sequence, reinterpret_cast<const std::byte*>(&slot) + unsummed, size);
}

bool is_whole(const std::byte* bytes, std::size_t slot_size, SlotHeader& header) {
    std::memcpy(static_cast<void*>(&header), bytes, header_size);
    if (header.sequence == 0) return false;
    const std::size_t size = size_of(header, slot_size);
    return size != 0 && header.checksum == sum(header.sequence, bytes + unsummed, header_size - unsummed + size);
}

// What both sides know of each section; what the writer did not know is as it was made.
void lay_over(const std::byte* bytes, const SlotHeader& header, Record& record) {
    for (std::size_t at = 0; at < header.count; bytes += rounded(header.sizes[at++]))
        if (at < section_count)
            std::memcpy(reinterpret_cast<std::byte*>(&record) + sections[at].offset, bytes,
                        std::min(header.sizes[at], sections[at].size));
}

}  // namespace

void sign(Slot& slot) {
    slot.header.checksum = sum_of(slot, slot.header.sequence);
}

void write_record(std::span<Slot, 2> slots, const Record& record) {
    const std::uint64_t newest = std::max(slots[0].header.sequence, slots[1].header.sequence);
    Slot& slot = slots[slots[0].header.sequence < newest || newest == 0 ? 0 : 1];
    SlotHeader& header = slot.header;
    header.sequence = 0;
    in_order();
    header.version = record_version;
    header.count = section_count;
    std::size_t size = 0;
    for (std::size_t at = 0; at < section_count; ++at) {
        header.sizes[at] = sections[at].size;
        std::memcpy(slot.bytes.data() + size, reinterpret_cast<const std::byte*>(&record) + sections[at].offset,
                    sections[at].size);
        size += rounded(sections[at].size);
    }
    header.checksum = sum_of(slot, newest + 1);
    in_order();
    header.sequence = newest + 1;
    in_order();
}

Found read_record(std::span<const std::byte> slots, std::size_t slot_size, Record& record) {
    if (slot_size < header_size || slot_size % 8 != 0 || slots.size() / 2 < slot_size)
        return {false, "it is too short"};
    SlotHeader headers[2];
    bool whole[2];
    bool written = false;
    for (std::size_t at = 0; at < 2; ++at) {
        whole[at] = is_whole(slots.data() + at * slot_size, slot_size, headers[at]);
        written = written || headers[at].sequence != 0;
    }
    if (!whole[0] && !whole[1]) return {false, written ? "its checksum is wrong" : nullptr};
    const bool second = whole[1] && (!whole[0] || headers[1].sequence > headers[0].sequence);
    const SlotHeader& header = headers[second ? 1 : 0];
    if (header.version < oldest_record_version || header.version > record_version)
        return {false, "another version of mvinit wrote it"};
    lay_over(slots.data() + (second ? slot_size : 0) + header_size, header, record);
    return {true, nullptr};
}

void for_each_descriptor(const Record& record, void (*visit)(int descriptor, void* data), void* data) {
    const auto see = [&](std::int32_t descriptor) {
        if (descriptor >= 0) visit(descriptor, data);
    };
    const auto see_pipe = [&](const Capturing::Pipe& pipe) {
        for (const std::int32_t end : {pipe.reader, pipe.writer, pipe.marker}) see(end);
    };
    for (const std::int32_t one :
         {record.course.taken_text, record.course.boot_text, record.supervising.pending_exec, record.caring.notify,
          record.caring.line, record.caring.line_end, record.caring.device, record.hooking.pending,
          record.capturing.ring, record.capturing.ring_reader, record.controlling.listener, record.starting.file})
        see(one);
    for (const Capturing::Process& process : record.capturing.processes) {
        see(process.link);
        see_pipe(process.file);
    }
    for (const Capturing::Pipe& pipe : record.capturing.streams) see_pipe(pipe);
    for (const Controlling::Client& client : record.controlling.clients) see(client.socket);
}

}  // namespace init
