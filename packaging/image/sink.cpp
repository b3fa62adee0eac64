#include "packaging/image/sink.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "packaging/image/failure.hpp"
#include "packaging/image/paths.hpp"

namespace image {
namespace {

constexpr const char* room = "check the directory, its permissions and the space left";

// The directory's own entry, too, is to outlive a power cut.
void sync_directory(const std::string& path) {
    const std::string directory = path.find('/') == std::string::npos ? "." : parent_of(path);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

Sink::Sink(std::string path) : path_(std::move(path)), hash_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(hash_.get(), EVP_sha256(), nullptr);
    if (path_.empty()) return;
    // A device or a pipe would not be written to, but be replaced.
    struct stat status {};
    if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
        fail(exit_files, "replace", path_, "there, and no file", "choose another name");
    const std::size_t name = path_.rfind('/') == std::string::npos ? 0 : path_.rfind('/') + 1;
    temporary_ = path_.substr(0, name) + "." + path_.substr(name) + "." + std::to_string(::getpid());
    const SignalsHeld held;
    ::unlink(temporary_.c_str());  // of a program that was killed
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail_errno("create", temporary_, room);
    doomed_ = Doomed::file(temporary_);
}

Sink::~Sink() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
        ::unlink(temporary_.c_str());
        doomed_.spare();
    }
}

void Sink::write(std::string_view bytes) {
    size_ += bytes.size();
    EVP_DigestUpdate(hash_.get(), bytes.data(), bytes.size());
    while (descriptor_ >= 0 && !bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0) fail_errno("write", temporary_, room);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Sink::adopt() {
    std::vector<char> buffer(1 << 16);
    ssize_t length = 0;
    while ((length = ::pread(descriptor_, buffer.data(), buffer.size(), static_cast<off_t>(size_))) > 0) {
        size_ += static_cast<std::uint64_t>(length);
        EVP_DigestUpdate(hash_.get(), buffer.data(), static_cast<std::size_t>(length));
    }
    if (length < 0) fail_errno("read", temporary_, room);
}

void Sink::commit() {
    if (descriptor_ < 0) return;
    if (::fsync(descriptor_) != 0) fail_errno("sync", temporary_, room);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_errno("rename to", path_, room);
    ::close(descriptor_);
    descriptor_ = -1;
    doomed_.spare();
    sync_directory(path_);
}

void Sink::commit_as(const std::string& path) {
    path_ = path;
    commit();
}

std::string Sink::sha256() const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> copy(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_MD_CTX_copy_ex(copy.get(), hash_.get());
    EVP_DigestFinal_ex(copy.get(), digest.data(), &length);
    std::string text;
    for (unsigned index = 0; index < length; ++index) {
        text += "0123456789abcdef"[digest[index] >> 4];
        text += "0123456789abcdef"[digest[index] & 15];
    }
    return text;
}

}  // namespace image
