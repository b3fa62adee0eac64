// Where bytes of an image go: counted, hashed, and into a file that appears only when it is whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "packaging/image/doomed.hpp"

struct evp_md_ctx_st;

namespace image {

class Sink {
public:
    // path: the file that commit() makes, or replaces; empty: the bytes are only counted and hashed. Until then they
    // are in a file beside it. Throws Failure where that cannot be made.
    explicit Sink(std::string path);
    virtual ~Sink();
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    virtual void write(std::string_view bytes);  // throws Failure
    void commit();                               // synced to the disk and renamed; throws Failure
    // Of an uncommitted sink: renamed to path instead.
    void commit_as(const std::string& path);
    // The file until then, for others to write to instead; adopt() counts and hashes what they have written.
    const std::string& temporary() const { return temporary_; }
    void adopt();  // throws Failure
    std::uint64_t size() const { return size_; }
    std::string sha256() const;  // of what was written so far, 64 hexadecimal digits

private:
    std::string path_;
    std::string temporary_;
    int descriptor_ = -1;
    Doomed doomed_;
    std::uint64_t size_ = 0;
    std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> hash_;
};

}  // namespace image
