// Documentation/x86/boot.rst of Linux tells where a bzImage has its kernel: "payload_offset", "payload_length".
#include "packaging/image/kernel.hpp"

#include <cstdint>

#include "packaging/image/archive.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/roots.hpp"

namespace image {
namespace {

constexpr std::size_t setup_sectors = 0x1f1;
constexpr std::size_t magic = 0x202;
constexpr std::size_t protocol = 0x206;
constexpr std::size_t payload_offset = 0x248;
constexpr std::size_t payload_length = 0x24c;
constexpr std::size_t header_end = 0x250;
constexpr unsigned payload_protocol = 0x208;  // the first that tells of the payload
constexpr std::size_t sector = 512;
constexpr std::size_t size_behind = 4;  // of the unpacked kernel, behind what is compressed by all but gzip

std::uint32_t number_at(const std::string& bytes, std::size_t offset, std::size_t length) {
    std::uint32_t value = 0;
    for (std::size_t index = length; index-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[offset + index]);
    return value;
}

bool is_bzimage(const std::string& bytes) {
    return bytes.size() > header_end && bytes.compare(magic, 4, "HdrS") == 0 &&
           number_at(bytes, protocol, 2) >= payload_protocol;
}

}  // namespace

Strings kernels_in(const std::string& tree) {
    Strings found = Roots({tree}).expand("/boot/vmlinuz-*");
    for (std::string& each : found) each = join(tree, each.substr(1));
    return found;
}

std::string kernel_file(const std::string& tree) {
    const Strings found = kernels_in(tree);
    if (found.size() != 1)
        fail(exit_incomplete, "find kernel", join(tree, "boot/vmlinuz-*"),
             std::to_string(found.size()) + " files of this name",
             "image.kernel names the directory of one unpacked kernel package");
    return found[0];
}

std::string bare_kernel(const std::string& file) {
    const std::string bytes = read_host_file(file);
    if (!is_bzimage(bytes)) return read_unpacked(file);
    const std::size_t sectors = bytes[setup_sectors] == 0 ? 4 : static_cast<unsigned char>(bytes[setup_sectors]);
    const std::size_t start = (sectors + 1) * sector + number_at(bytes, payload_offset, 4);
    std::size_t length = number_at(bytes, payload_length, 4);
    if (length <= size_behind || start > bytes.size() || length > bytes.size() - start)
        fail(exit_incomplete, "unpack kernel", file, "it is shorter than its header says",
             "get a whole copy of this file");
    std::string_view payload = std::string_view(bytes).substr(start, length);
    if (!payload.starts_with("\x1f\x8b")) payload.remove_suffix(size_behind);
    std::string kernel = unpack(payload, file);
    if (!kernel.starts_with("\x7f"
                            "ELF"))
        fail(exit_incomplete, "unpack kernel", file, "what is in it is no ELF file", "take another kernel");
    return kernel;
}

}  // namespace image
