#include "packaging/image/layout.hpp"

#include <boost/property_tree/json_parser.hpp>
#include <cerrno>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>
#include <vector>

#include "packaging/image/failure.hpp"
#include "packaging/image/paths.hpp"
#include "packaging/image/roots.hpp"
#include "packaging/image/sink.hpp"

namespace image {
namespace {

constexpr const char* again = "build the image again, or get a whole copy of it";

std::string hash_of(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail_errno("open blob", path, again);
    Sink hash("");
    std::vector<char> buffer(1 << 16);
    ssize_t length = 0;
    while ((length = ::read(descriptor, buffer.data(), buffer.size())) > 0)
        hash.write({buffer.data(), static_cast<std::size_t>(length)});
    const int error = errno;
    ::close(descriptor);
    errno = error;
    if (length < 0) fail_errno("read blob", path, again);
    return hash.sha256();
}

}  // namespace

Json read_json(const std::string& path) {
    std::istringstream text(read_host_file(path));
    Json tree;
    try {
        boost::property_tree::read_json(text, tree);
    } catch (const boost::property_tree::json_parser_error& error) {
        fail(exit_files, "read", path, error.message(), again);
    }
    return tree;
}

std::string sha256_of(const Json& descriptor) {
    constexpr std::string_view algorithm = "sha256:";
    constexpr std::size_t length = 64;
    const std::string digest = descriptor.get<std::string>("digest", "");
    if (!digest.starts_with(algorithm) || digest.size() != algorithm.size() + length) return {};
    const std::string name = digest.substr(algorithm.size());
    return name.find_first_not_of("0123456789abcdef") == std::string::npos ? name : "";
}

std::string blob_path(const std::string& directory, const Json& descriptor) {
    const Strings parts = split(descriptor.get<std::string>("digest", ""), ':');
    if (parts.size() != 2) fail(exit_files, "read", directory, "a digest in it is none", again);
    return join(join(join(directory, "blobs"), base_of(parts[0])), base_of(parts[1]));
}

std::string whole_blob(const std::string& directory, const Json& descriptor) {
    std::string path = blob_path(directory, descriptor);
    if (!descriptor.get<std::string>("digest", "").starts_with("sha256:")) return path;
    const std::string is = hash_of(path);
    if (is != sha256_of(descriptor))
        fail(exit_files, "read blob", path, "it is damaged: the SHA-256 of its bytes is " + is, again);
    return path;
}

}  // namespace image
