// Everything up to the last byte that is loaded stays; behind it come a table of the sections that are, and their
// names.
#include "packaging/image/strip.hpp"

#include <algorithm>
#include <gelf.h>
#include <libelf.h>
#include <memory>
#include <vector>

#include "packaging/image/roots.hpp"

namespace image {
namespace {

using Handle = std::unique_ptr<Elf, int (*)(Elf*)>;

struct Section {
    GElf_Shdr head{};
    std::string name;
};

struct File {
    GElf_Ehdr head{};
    std::uint64_t loaded_end = 0;
    std::uint64_t end = 0;  // of all that its headers tell of
    std::size_t names = 0;
    std::vector<Section> sections;
};

bool read_segments(Elf* elf, File& file) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return false;
    file.loaded_end = file.head.e_phoff + count * file.head.e_phentsize;
    for (std::size_t index = 0; index < count; ++index) {
        GElf_Phdr segment{};
        if (gelf_getphdr(elf, static_cast<int>(index), &segment) == nullptr) return false;
        file.loaded_end = std::max(file.loaded_end, segment.p_offset + segment.p_filesz);
    }
    return count != 0;
}

bool read_sections(Elf* elf, File& file) {
    if (elf_getshdrstrndx(elf, &file.names) != 0) return false;
    file.end = std::max<std::uint64_t>(file.loaded_end, file.head.e_shoff);
    file.sections.emplace_back();  // the first is none
    for (Elf_Scn* each = elf_nextscn(elf, nullptr); each != nullptr; each = elf_nextscn(elf, each)) {
        Section section;
        if (gelf_getshdr(each, &section.head) == nullptr) return false;
        const char* name = elf_strptr(elf, file.names, section.head.sh_name);
        section.name = name == nullptr ? "" : name;
        const bool in_file = section.head.sh_type != SHT_NOBITS;
        file.end = std::max(file.end, section.head.sh_offset + (in_file ? section.head.sh_size : 0));
        file.sections.push_back(section);
    }
    file.end = std::max(file.end, file.head.e_shoff + file.sections.size() * file.head.e_shentsize);
    return file.sections.size() > 1 && file.sections.size() < SHN_LORESERVE;
}

// The sections that are loaded, their numbers in links made anew, and the one with the names.
std::vector<Section> kept_sections(const File& file) {
    std::vector<Section> kept;
    std::vector<std::uint32_t> numbers(file.sections.size());
    for (std::size_t index = 0; index < file.sections.size(); ++index) {
        if (index != 0 && (file.sections[index].head.sh_flags & SHF_ALLOC) == 0) continue;
        numbers[index] = static_cast<std::uint32_t>(kept.size());
        kept.push_back(file.sections[index]);
    }
    for (Section& each : kept) {
        if (each.head.sh_link < numbers.size()) each.head.sh_link = numbers[each.head.sh_link];
        if ((each.head.sh_flags & SHF_INFO_LINK) != 0 && each.head.sh_info < numbers.size())
            each.head.sh_info = numbers[each.head.sh_info];
    }
    kept.push_back(file.sections[file.names]);
    return kept;
}

void pad(std::string& bytes) {
    bytes.resize((bytes.size() + 7) / 8 * 8);
}

// Table entries and the file's header in the file's own class and byte order.
class Writer {
public:
    explicit Writer(const File& file) : wide_(file.head.e_ident[EI_CLASS] == ELFCLASS64), file_(file) {}

    std::string header(GElf_Ehdr head) const {
        Elf32_Ehdr narrow{};
        std::copy(std::begin(head.e_ident), std::end(head.e_ident), std::begin(narrow.e_ident));
        narrow.e_type = head.e_type;
        narrow.e_machine = head.e_machine;
        narrow.e_version = head.e_version;
        narrow.e_entry = static_cast<Elf32_Addr>(head.e_entry);
        narrow.e_phoff = static_cast<Elf32_Off>(head.e_phoff);
        narrow.e_shoff = static_cast<Elf32_Off>(head.e_shoff);
        narrow.e_flags = head.e_flags;
        narrow.e_ehsize = head.e_ehsize;
        narrow.e_phentsize = head.e_phentsize;
        narrow.e_phnum = head.e_phnum;
        narrow.e_shentsize = head.e_shentsize;
        narrow.e_shnum = head.e_shnum;
        narrow.e_shstrndx = head.e_shstrndx;
        return wide_ ? translated(&head, sizeof head, ELF_T_EHDR) : translated(&narrow, sizeof narrow, ELF_T_EHDR);
    }

    std::string section(GElf_Shdr head) const {
        Elf32_Shdr narrow{head.sh_name,
                          head.sh_type,
                          static_cast<Elf32_Word>(head.sh_flags),
                          static_cast<Elf32_Addr>(head.sh_addr),
                          static_cast<Elf32_Off>(head.sh_offset),
                          static_cast<Elf32_Word>(head.sh_size),
                          head.sh_link,
                          head.sh_info,
                          static_cast<Elf32_Word>(head.sh_addralign),
                          static_cast<Elf32_Word>(head.sh_entsize)};
        return wide_ ? translated(&head, sizeof head, ELF_T_SHDR) : translated(&narrow, sizeof narrow, ELF_T_SHDR);
    }

private:
    std::string translated(void* bytes, std::size_t size, Elf_Type type) const {
        std::string out(size, '\0');
        Elf_Data from{};
        from.d_buf = bytes;
        from.d_type = type;
        from.d_size = size;
        from.d_version = EV_CURRENT;
        Elf_Data to = from;
        to.d_buf = out.data();
        const auto translate = wide_ ? elf64_xlatetof : elf32_xlatetof;
        return translate(&to, &from, file_.head.e_ident[EI_DATA]) == nullptr ? std::string() : out;
    }

    bool wide_;
    const File& file_;
};

std::string rewritten(const std::string& bytes, const File& file) {
    std::vector<Section> kept = kept_sections(file);
    const Writer writer(file);
    std::string out = bytes.substr(0, file.loaded_end);
    std::string names(1, '\0');
    for (std::size_t index = 1; index < kept.size(); ++index) {
        kept[index].head.sh_name = static_cast<std::uint32_t>(names.size());
        names += kept[index].name + '\0';
    }
    kept.back().head.sh_offset = out.size();
    kept.back().head.sh_size = names.size();
    out += names;
    pad(out);
    GElf_Ehdr head = file.head;
    head.e_shoff = out.size();
    head.e_shnum = static_cast<std::uint16_t>(kept.size());
    head.e_shstrndx = static_cast<std::uint16_t>(kept.size() - 1);
    for (const Section& each : kept) out += writer.section(each.head);
    const std::string start = writer.header(head);
    return out.replace(0, start.size(), start);
}

}  // namespace

std::optional<std::string> stripped(const std::string& host_path) {
    std::string bytes = read_host_file(host_path);
    elf_version(EV_CURRENT);
    const Handle elf(elf_memory(bytes.data(), bytes.size()), elf_end);
    File file;
    if (elf == nullptr || gelf_getehdr(elf.get(), &file.head) == nullptr) return std::nullopt;
    if (file.head.e_type != ET_EXEC && file.head.e_type != ET_DYN) return std::nullopt;
    if (!read_segments(elf.get(), file) || !read_sections(elf.get(), file)) return std::nullopt;
    if (file.end != bytes.size() || file.loaded_end > bytes.size()) return std::nullopt;
    std::string out = rewritten(bytes, file);
    if (out.size() >= bytes.size()) return std::nullopt;
    return out;
}

}  // namespace image
