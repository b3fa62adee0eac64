#include "init/sink_backlog.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

#include "init/sink_text.hpp"

namespace init {

// Never more than limit_ bytes of it are touched. Where there is no memory, everything is dropped.
void Backlog::reserve() {
    if (data_ != nullptr) return;
    void* const got = mmap(nullptr, limit_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got != MAP_FAILED) data_ = static_cast<char*>(got);
    first_ = 0;
}

void Backlog::release() {
    if (data_ == nullptr || size_ != 0) return;
    munmap(data_, limit_);
    data_ = nullptr;
}

std::string_view Backlog::contiguous(std::size_t most) const {
    return {data_ + first_, std::min(most, limit_ - first_)};
}

// The number of bytes from from to the end of the line there, its newline with it; all that is left where it has none.
std::size_t Backlog::find_line_end(std::size_t from) const {
    for (std::size_t at = from; at < size_;) {
        const std::size_t place = (first_ + at) % limit_;
        const std::size_t span = std::min(size_ - at, limit_ - place);
        const void* const found = std::memchr(data_ + place, '\n', span);
        if (found != nullptr)
            return at - from + static_cast<std::size_t>(static_cast<const char*>(found) - data_) - place + 1;
        at += span;
    }
    return size_ - from;
}

// What goes now stood behind the line that the sink has begun, and nothing else stands before it.
void Backlog::begin_gap() {
    if (!gap_) head_ = open_ && notice_left_ == 0 ? find_line_end(0) : 0;
    gap_ = true;
}

void Backlog::count_line() {
    ++lines_;
    if (dropped_ != nullptr) __atomic_fetch_add(dropped_, 1, __ATOMIC_RELAXED);
}

// The oldest line behind head_, which there is. It counts when its beginning goes.
void Backlog::drop_line() {
    const std::size_t length = find_line_end(head_);
    skipping_ = data_[(first_ + head_ + length - 1) % limit_] != '\n';
    count_line();
    bytes_ += length;
    for (std::size_t at = head_; at-- > 0;) data_[(first_ + at + length) % limit_] = data_[(first_ + at) % limit_];
    first_ = (first_ + length) % limit_;
    size_ -= length;
}

// What is left of bytes after their first line, or after the rest of a line whose beginning was dropped.
std::string_view Backlog::drop_first(std::string_view bytes) {
    if (!skipping_) count_line();
    const std::size_t end = bytes.find('\n');
    skipping_ = end == std::string_view::npos;
    const std::size_t length = skipping_ ? bytes.size() : end + 1;
    bytes_ += length;
    return bytes.substr(length);
}

// The end of a line that the sink has begun belongs to it, and is not dropped where there is room for it.
std::string_view Backlog::keep_begun(std::string_view bytes, std::size_t limit) {
    if (gap_ || !open_ || notice_left_ != 0 || skipping_ || bytes.empty()) return bytes;
    if (size_ != 0 && data_[(first_ + find_line_end(0) - 1) % limit_] == '\n') return bytes;
    const std::size_t length = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    if (length + size_ > limit) return bytes;
    append(bytes.substr(0, length));
    return bytes.substr(length);
}

void Backlog::push(std::string_view bytes) {
    reserve();
    const std::size_t limit = data_ == nullptr ? 0 : limit_;
    bytes = keep_begun(bytes, limit);
    while (!bytes.empty() && (skipping_ || bytes.size() + size_ > limit)) {
        begin_gap();
        if (skipping_ || head_ == size_)
            bytes = drop_first(bytes);
        else
            drop_line();
    }
    append(bytes);
}

std::size_t Backlog::append(std::string_view bytes) {
    const std::size_t count = std::min(bytes.size(), room());
    if (count == 0) return 0;
    reserve();
    if (data_ == nullptr) return 0;
    const std::size_t place = (first_ + size_) % limit_;
    const std::size_t before_end = std::min(count, limit_ - place);
    std::memcpy(data_ + place, bytes.data(), before_end);
    std::memcpy(data_, bytes.data() + before_end, count - before_end);
    size_ += count;
    return count;
}

void Backlog::write_notice(std::string_view prefix, std::string_view reason) {
    TextEnd out{notice_.data(), notice_.data() + notice_.size() - 1};
    if (open_) out << "\n";
    out << prefix << "mvinit: " << lines_ << (lines_ == 1 ? " line (" : " lines (") << bytes_ << " bytes) "
        << (lines_ == 1 ? "was" : "were") << " dropped here: " << reason;
    *out.at++ = '\n';
    notice_at_ = 0;
    notice_left_ = static_cast<std::size_t>(out.at - notice_.data());
    gap_ = false;
    lines_ = bytes_ = 0;
}

std::string_view Backlog::next(std::string_view prefix, std::string_view reason) {
    if (notice_left_ == 0 && gap_ && head_ == 0) write_notice(prefix, reason);
    if (notice_left_ != 0) return {notice_.data() + notice_at_, notice_left_};
    return size_ == 0 ? std::string_view{} : contiguous(gap_ ? head_ : size_);
}

std::string_view Backlog::next_line(char* out, std::size_t size, std::string_view prefix, std::string_view reason) {
    const std::string_view all = next(prefix, reason);
    if (all.empty() || notice_left_ != 0) return all;
    const std::size_t length = std::min(find_line_end(0), size);
    // The rest of the newest line is about to come.
    if (data_[(first_ + length - 1) % limit_] != '\n' && length < size) return {};
    for (std::size_t at = 0; at < length; ++at) out[at] = data_[(first_ + at) % limit_];
    return {out, length};
}

void Backlog::taken(std::size_t count) {
    if (count == 0) return;
    if (notice_left_ != 0) {
        notice_at_ += count;
        notice_left_ -= count;
        open_ = notice_left_ != 0;
        return;
    }
    open_ = data_[(first_ + count - 1) % limit_] != '\n';
    first_ = (first_ + count) % limit_;
    size_ -= count;
    if (gap_) head_ -= count;
}

std::uint64_t Backlog::give_up() {
    if (size_ == 0 && !gap_) return 0;
    begin_gap();
    while (head_ != size_) drop_line();
    const std::uint64_t lines = lines_ + (head_ != 0 ? 1 : 0);
    size_ = head_ = 0;
    gap_ = false;
    lines_ = bytes_ = 0;
    return lines;
}

}  // namespace init
