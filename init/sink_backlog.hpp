// What a sink has not taken yet: a bounded queue of bytes that drops whole oldest lines when it is full, and says in
// the stream itself, at the very place, how much that was. No system calls but for its memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace init {

class Backlog {
public:
    // limit: bytes it may hold. Its memory is taken with the first byte. dropped: counts all lines that are dropped,
    // others may count there as well; outlives this.
    explicit Backlog(std::size_t limit, std::uint64_t* dropped = nullptr) : limit_(limit), dropped_(dropped) {}

    bool empty() const { return size_ == 0 && !gap_ && notice_left_ == 0; }
    std::size_t room() const { return limit_ - size_; }

    // Takes all of bytes, for which oldest lines go, or the newest where nothing else is left. A line of which the
    // sink has a part already is kept to its end.
    void push(std::string_view bytes);

    // Takes as much as there is room for, and returns how much.
    std::size_t append(std::string_view bytes);

    // What is to be written next, empty only where the queue is. Becomes a notice where something was dropped: prefix,
    // then "mvinit: 3 lines (42 bytes) were dropped here: REASON". One line at the most where lines is wanted; such
    // a line is copied into room, and what does not fit into that is not shown.
    std::string_view next(std::string_view prefix, std::string_view reason);
    std::string_view next_line(char* out, std::size_t size, std::string_view prefix, std::string_view reason);

    // count bytes of what next() showed are written.
    void taken(std::size_t count);

    // The sink has got text by another way, when the queue was empty.
    void passed(std::string_view text) { open_ = text.empty() ? open_ : text.back() != '\n'; }

    // The lines in it count as dropped, the rest of it is forgotten. Returns the lines of all that is told by no
    // notice.
    std::uint64_t give_up();

    // Gives the memory of an empty queue back.
    void release();

private:
    void reserve();
    void begin_gap();
    void count_line();
    std::string_view keep_begun(std::string_view bytes, std::size_t limit);
    void drop_line();
    std::string_view drop_first(std::string_view bytes);
    std::size_t find_line_end(std::size_t from) const;
    std::string_view contiguous(std::size_t most) const;
    void write_notice(std::string_view prefix, std::string_view reason);

    std::size_t limit_;
    std::uint64_t* dropped_;
    char* data_ = nullptr;
    std::size_t first_ = 0;  // of the ring: where its oldest byte is
    std::size_t size_ = 0;
    bool open_ = false;      // what the sink got last was no whole line
    bool skipping_ = false;  // what comes, up to a newline, is the rest of a line that was dropped
    bool gap_ = false;       // something was dropped, after head_ bytes of a line that the sink has begun
    std::size_t head_ = 0;
    std::uint64_t lines_ = 0;  // dropped in the gap
    std::uint64_t bytes_ = 0;
    std::array<char, 192> notice_{};
    std::size_t notice_at_ = 0;
    std::size_t notice_left_ = 0;
};

}  // namespace init
