// The ring in memory: a file that the logger writes and `mvinit log` reads, each for itself. One header page, then size
// bytes of which those at (position % size) are the newest. Positions count all bytes that were ever written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace init {

struct RingHeader {
    char magic[8];          // "mvlring\0"
    std::uint32_t version;  // 1
    std::uint32_t ended;    // 1: nothing will follow
    std::uint64_t size;     // of the ring, bytes
    std::uint64_t begun;    // position up to which bytes may be being written
    std::uint64_t total;    // position up to which they are
    std::uint64_t lines;    // newlines before total
    std::int32_t owner;     // pid of the mvinit that made it
    std::uint32_t changes;  // counts writes; what a reader waits for
};
static_assert(sizeof(RingHeader) == 56);

inline constexpr std::size_t ring_data = 4096;  // where the data begins in the file
inline constexpr std::uint32_t ring_version = 1;

// The writer. Goes on where one before it, which may have died in the midst of a write, was.
class RingWriter {
public:
    // descriptor: of a file of ring_data + size bytes, all zero at first; stays the caller's. False: no memory.
    bool open(int descriptor, std::uint64_t size, std::int32_t owner);
    void put(std::string_view bytes);
    void end();  // readers that follow are told that it is over

private:
    void write_at(std::uint64_t position, std::string_view bytes) const;

    RingHeader* header_ = nullptr;
    int descriptor_ = -1;
};

// --- reading: over the bytes of the file
// ------------------------------------------------------------------------------

// What the header said at one moment.
struct RingState {
    std::uint64_t oldest = 0;  // position of the first byte that is surely there
    std::uint64_t total = 0;
    std::uint64_t lines = 0;
    std::uint32_t changes = 0;
    bool ended = false;
};

// Whether file is a ring and as long as its header says.
bool is_ring(std::string_view file);
RingState ring_state(std::string_view file);

// What a reader has of the ring: bytes from position from on.
struct RingPiece {
    std::uint64_t from = 0;
    std::string bytes;
    bool cut = false;  // a part of a line stands at its beginning
};

// Everything from position on, or from the oldest that is there.
RingPiece copy_ring(std::string_view file, const RingState& state, std::uint64_t position);

// Takes off what was written over while it was copied: after is the state after that. position: where the reader
// stands, which is at the beginning of a line.
void trim_ring(RingPiece& piece, const RingState& after, std::uint64_t position);

std::uint64_t count_lines(std::string_view text);

// The last count lines of text; text itself where it has not so many.
std::string_view last_lines(std::string_view text, std::uint32_t count);

}  // namespace init
