#include "packaging/image/elf.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"
#include "packaging/image/paths.hpp"

namespace image {
namespace {

constexpr int least_header = 64;

// One open ELF file of libelf.
class Reader {
public:
    Reader(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {
        elf_version(EV_CURRENT);
        elf_ = elf_begin(descriptor_, ELF_C_READ_MMAP, nullptr);
    }
    // bytes: as long as it lives.
    Reader(std::string path, std::string& bytes) : path_(std::move(path)) {
        elf_version(EV_CURRENT);
        elf_ = elf_memory(bytes.data(), bytes.size());
    }
    ~Reader() {
        elf_end(elf_);
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    ElfFile read() {
        if (elf_ == nullptr || gelf_getehdr(elf_, &header_) == nullptr) damaged();
        ElfFile out;
        out.machine = header_.e_machine;
        out.wide = header_.e_ident[EI_CLASS] == ELFCLASS64;
        out.little = header_.e_ident[EI_DATA] == ELFDATA2LSB;
        if (header_.e_ident[EI_OSABI] == ELFOSABI_SOLARIS) out.linker = Linker::illumos;
        std::size_t count = 0;
        if (elf_getphdrnum(elf_, &count) != 0) damaged();
        for (std::size_t index = 0; index < count; ++index) read_segment(static_cast<int>(index), out);
        read_sections(out);
        return out;
    }

private:
    [[noreturn]] void damaged() const {
        const char* why = elf_errmsg(-1);
        fail(exit_incomplete, "read ELF file", path_, why == nullptr ? "it is damaged" : why,
             "get a whole copy of this file");
    }

    void read_segment(int index, ElfFile& out) {
        GElf_Phdr segment{};
        if (gelf_getphdr(elf_, index, &segment) == nullptr) damaged();
        if (segment.p_type == PT_INTERP) {
            out.interpreter = chunk(segment.p_offset, segment.p_filesz);
            out.interpreter.resize(std::strlen(out.interpreter.c_str()));
        }
        if (segment.p_type == PT_DYNAMIC) read_dynamic(segment, out);
    }

    std::string chunk(std::uint64_t offset, std::uint64_t size) {
        if (size == 0) return {};
        const Elf_Data* data = elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(offset), size, ELF_T_BYTE);
        if (data == nullptr) damaged();
        return {static_cast<const char*>(data->d_buf), data->d_size};
    }

    std::uint64_t offset_of(std::uint64_t address) {
        std::size_t count = 0;
        elf_getphdrnum(elf_, &count);
        for (std::size_t index = 0; index < count; ++index) {
            GElf_Phdr segment{};
            if (gelf_getphdr(elf_, static_cast<int>(index), &segment) == nullptr) damaged();
            if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
                return address - segment.p_vaddr + segment.p_offset;
        }
        damaged();
    }

    void read_dynamic(const GElf_Phdr& segment, ElfFile& out) {
        Elf_Data* data =
            elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(segment.p_offset), segment.p_filesz, ELF_T_DYN);
        if (data == nullptr) damaged();
        std::vector<GElf_Dyn> entries;
        std::uint64_t address = 0;
        std::uint64_t size = 0;
        GElf_Dyn entry{};
        for (int index = 0; gelf_getdyn(data, index, &entry) != nullptr && entry.d_tag != DT_NULL; ++index) {
            entries.push_back(entry);
            if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
            if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
        }
        if (size == 0) return;
        const std::string strings = chunk(offset_of(address), size);
        for (const GElf_Dyn& each : entries) read_entry(each, strings, out);
        out.has_nss = strings.find(std::string("\0GLIBC_2.34\0", 12)) != std::string::npos;
    }

    void read_entry(const GElf_Dyn& entry, const std::string& strings, ElfFile& out) {
        const auto tag = static_cast<std::uint64_t>(entry.d_tag);
        if (tag != DT_NEEDED && tag != DT_RPATH && tag != DT_RUNPATH && tag != DT_FILTER && tag != DT_SONAME) return;
        if (entry.d_un.d_val >= strings.size()) damaged();
        const std::string text(strings.c_str() + entry.d_un.d_val);
        if (tag == DT_SONAME) out.name = text;
        // illumos' filters have nothing in them: the file that they name has it.
        if (tag == DT_NEEDED || tag == DT_FILTER) out.needed.push_back(text);
        if (tag == DT_RPATH) out.rpath = split(text, ':');
        if (tag == DT_RUNPATH) out.runpath = split(text, ':');
    }

    void read_sections(ElfFile& out) {
        std::size_t names = 0;
        if (elf_getshdrstrndx(elf_, &names) != 0) return;  // no sections: nothing here is needed to run it
        for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr; section = elf_nextscn(elf_, section)) {
            GElf_Shdr head{};
            if (gelf_getshdr(section, &head) == nullptr) damaged();
            const char* name = elf_strptr(elf_, names, head.sh_name);
            const std::string_view text = name == nullptr ? "" : name;
            if (head.sh_type == SHT_DYNSYM) read_symbols(section, head, out);
            if (text.starts_with(".debug_") || text == ".symtab" || text == ".strtab") out.debug_bytes += head.sh_size;
        }
    }

    void read_symbols(Elf_Scn* section, const GElf_Shdr& head, ElfFile& out) {
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr || head.sh_entsize == 0) damaged();
        for (int index = 1; index < static_cast<int>(head.sh_size / head.sh_entsize); ++index) {
            GElf_Sym symbol{};
            if (gelf_getsym(data, index, &symbol) == nullptr) damaged();
            const char* name = elf_strptr(elf_, head.sh_link, symbol.st_name);
            if (symbol.st_shndx == SHN_UNDEF && name != nullptr) out.imports.emplace_back(name);
        }
    }

    std::string path_;
    int descriptor_ = -1;
    Elf* elf_ = nullptr;
    GElf_Ehdr header_{};
};

Linker linker_of(const ElfFile& elf) {
    const std::string base = base_of(elf.interpreter);
    if (base.starts_with("ld-musl-")) return Linker::musl;
    if (base.starts_with("ld-linux") || base.starts_with("ld64.so")) return Linker::glibc;
    if (base == "ld.so.1" && elf.machine != EM_MIPS && elf.machine != EM_S390) return Linker::illumos;
    for (const std::string& each : elf.needed) {
        if (each == "libc.so.6") return Linker::glibc;
        if (each.starts_with("libc.musl-")) return Linker::musl;
        if (each == "libc.so.1") return Linker::illumos;
    }
    return elf.linker;
}

struct Machine {
    int number;
    std::string_view name;
    std::string_view oci;
};
constexpr Machine machines[] = {{EM_X86_64, "x86_64", "amd64"},   {EM_AARCH64, "aarch64", "arm64"},
                                {EM_386, "i386", "386"},          {EM_ARM, "arm", "arm"},
                                {EM_RISCV, "riscv64", "riscv64"}, {EM_PPC64, "ppc64le", "ppc64le"},
                                {EM_S390, "s390x", "s390x"}};

const Machine* find_machine(int number) {
    const auto* found = std::find_if(std::begin(machines), std::end(machines),
                                     [number](const Machine& each) { return each.number == number; });
    return found == std::end(machines) ? nullptr : found;
}

}  // namespace

std::optional<ElfFile> read_elf(const std::string& host_path) {
    const int descriptor = ::open(host_path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail_errno("open", host_path, "check the path and its permissions");
    char head[SELFMAG] = {};
    const bool is_elf = ::pread(descriptor, head, SELFMAG, 0) == SELFMAG && std::memcmp(head, ELFMAG, SELFMAG) == 0;
    if (!is_elf || ::lseek(descriptor, 0, SEEK_END) < least_header / 2) {
        ::close(descriptor);
        return std::nullopt;
    }
    ElfFile elf = Reader(host_path, descriptor).read();
    elf.linker = linker_of(elf);
    return elf;
}

std::optional<ElfFile> read_elf(const Found& found) {
    if (!found.host.empty()) return read_elf(found.host);
    if (!found.bytes || !found.bytes->view().starts_with(ELFMAG) || found.bytes->view().size() < least_header / 2)
        return std::nullopt;
    // libelf may turn the bytes of a file for another machine around where they are.
    std::string own(found.bytes->view());
    ElfFile elf = Reader(found.path, own).read();
    elf.linker = linker_of(elf);
    return elf;
}

std::string_view machine_name(int machine) {
    const Machine* found = find_machine(machine);
    return found == nullptr ? "unknown" : found->name;
}

std::string_view oci_machine_name(const ElfFile& elf) {
    const Machine* found = find_machine(elf.machine);
    return found == nullptr ? "unknown" : found->oci;
}

}  // namespace image
