#include "init/ring.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "plumb/log_io.hpp"

namespace init {
namespace {

constexpr char ring_magic[8] = "mvlring";

template <class Number>
void store(Number& to, Number value) {
    __atomic_store_n(&to, value, __ATOMIC_RELEASE);
}

template <class Number>
Number load(const Number& from) {
    return __atomic_load_n(&from, __ATOMIC_ACQUIRE);
}

const RingHeader& header_of(std::string_view file) {
    return *reinterpret_cast<const RingHeader*>(file.data());
}

}  // namespace

bool RingWriter::open(int descriptor, std::uint64_t size, std::int32_t owner) {
    void* const page = mmap(nullptr, ring_data, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page == MAP_FAILED) return false;
    header_ = static_cast<RingHeader*>(page);
    descriptor_ = descriptor;
    std::memcpy(header_->magic, ring_magic, sizeof ring_magic);
    header_->version = ring_version;
    header_->size = size;
    header_->owner = owner;
    header_->ended = 0;
    store(header_->begun, header_->total);
    return true;
}

void RingWriter::write_at(std::uint64_t position, std::string_view bytes) const {
    const std::uint64_t size = header_->size;
    if (bytes.size() > size) {
        position += bytes.size() - size;
        bytes.remove_prefix(bytes.size() - size);
    }
    while (!bytes.empty()) {
        const std::uint64_t place = position % size;
        const std::size_t span = std::min<std::size_t>(bytes.size(), size - place);
        // Memory that cannot be had leaves the zeros or the old bytes of the file.
        if (pwrite(descriptor_, bytes.data(), span, static_cast<off_t>(ring_data + place)) < 0) return;
        position += span;
        bytes.remove_prefix(span);
    }
}

void RingWriter::put(std::string_view bytes) {
    if (header_ == nullptr || bytes.empty()) return;
    const std::uint64_t total = header_->total + bytes.size();
    store(header_->begun, total);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    write_at(header_->total, bytes);
    store(header_->lines, header_->lines + count_lines(bytes));
    store(header_->total, total);
    store(header_->changes, header_->changes + 1);
    plumb::wake_readers(&header_->changes);
}

void RingWriter::end() {
    if (header_ == nullptr) return;
    store(header_->ended, std::uint32_t{1});
    store(header_->changes, header_->changes + 1);
    plumb::wake_readers(&header_->changes);
}

bool is_ring(std::string_view file) {
    if (file.size() < ring_data) return false;
    const RingHeader& header = header_of(file);
    return std::memcmp(header.magic, ring_magic, sizeof ring_magic) == 0 && header.version == ring_version &&
           header.size != 0 && header.size <= file.size() - ring_data;
}

RingState ring_state(std::string_view file) {
    const RingHeader& header = header_of(file);
    RingState state;
    // Between two writes most of the time; where a writer died in the midst of one, what it had done counts.
    for (int attempt = 0; attempt < 1000; ++attempt) {
        state.changes = load(header.changes);
        state.lines = load(header.lines);
        state.total = load(header.total);
        if (load(header.begun) == state.total && load(header.changes) == state.changes) break;
    }
    state.ended = load(header.ended) != 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    const std::uint64_t begun = load(header.begun);
    state.oldest = begun > header.size ? begun - header.size : 0;
    return state;
}

RingPiece copy_ring(std::string_view file, const RingState& state, std::uint64_t position) {
    const std::uint64_t size = header_of(file).size;
    const std::string_view data = file.substr(ring_data, size);
    RingPiece piece;
    piece.from = std::clamp(position, std::min(state.oldest, state.total), state.total);
    for (std::uint64_t at = piece.from; at < state.total;) {
        const std::string_view span = data.substr(at % size, state.total - at);
        piece.bytes += span;
        at += span.size();
    }
    return piece;
}

void trim_ring(RingPiece& piece, const RingState& after, std::uint64_t position) {
    if (after.oldest > piece.from) {
        const std::size_t gone = std::min<std::size_t>(after.oldest - piece.from, piece.bytes.size());
        piece.bytes.erase(0, gone);
        piece.from += gone;
    }
    if (piece.from == position) return;
    // Where a line begins is only known behind the first newline; where there is none, all of it is in the midst of
    // one.
    const std::size_t newline = piece.bytes.find('\n');
    piece.cut = newline == std::string::npos;
    if (piece.cut) return;
    piece.bytes.erase(0, newline + 1);
    piece.from += newline + 1;
}

std::uint64_t count_lines(std::string_view text) {
    std::uint64_t count = 0;
    while (!text.empty()) {
        const void* const found = std::memchr(text.data(), '\n', text.size());
        if (found == nullptr) break;
        ++count;
        text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1);
    }
    return count;
}

std::string_view last_lines(std::string_view text, std::uint32_t count) {
    if (count == 0) return {};
    // The newline that ends the last line begins none.
    std::size_t at = text.empty() ? 0 : text.size() - 1;
    while (at > 0) {
        if (text[at - 1] == '\n' && --count == 0) break;
        --at;
    }
    return text.substr(at);
}

}  // namespace init
