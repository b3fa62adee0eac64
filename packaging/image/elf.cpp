#include "packaging/image/elf.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include "packaging/image/failure.hpp"
#include "packaging/image/paths.hpp"
#include "packaging/image/size_text.hpp"

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
        if (header_.e_ident[EI_OSABI] == ELFOSABI_GNU) out.system = System::linux_os;
        std::size_t count = 0;
        if (elf_getphdrnum(elf_, &count) != 0 || lacks_segments()) damaged();
        for (std::size_t index = 0; index < count; ++index) read_segment(static_cast<int>(index), out);
        read_sections(out);
        return out;
    }

private:
    [[noreturn]] void damaged() const {
        const char* error = elf_errmsg(-1);
        std::string why = error == nullptr ? "it is damaged" : error;
        const std::uint64_t whole = std::max({tables_end(), segments_end(), std::uint64_t{header_.e_ehsize}});
        if (size() < whole) why = "it is cut off: " + size_text(size()) + " of " + size_text(whole) + " are there";
        if (header_.e_ehsize == 0) why = "it is cut off, or no ELF file behind its first bytes";
        fail(exit_incomplete, "read ELF file", path_, why, "get a whole copy of this file");
    }

    std::uint64_t size() const {
        std::size_t size = 0;
        elf_rawfile(elf_, &size);
        return size;
    }

    std::uint64_t tables_end() const {
        return std::max(header_.e_phoff + std::uint64_t{header_.e_phnum} * header_.e_phentsize,
                        header_.e_shoff + std::uint64_t{header_.e_shnum} * header_.e_shentsize);
    }

    std::uint64_t segments_end() const {
        std::uint64_t end = 0;
        GElf_Phdr segment{};
        for (int index = 0; index < header_.e_phnum && gelf_getphdr(elf_, index, &segment) != nullptr; ++index)
            if (segment.p_type == PT_LOAD) end = std::max(end, segment.p_offset + segment.p_filesz);
        return end;
    }

    // A file of debugging information alone has no segments, but its sections' table, at its end.
    bool lacks_segments() const { return segments_end() > size() && (header_.e_shoff == 0 || tables_end() > size()); }

    void read_segment(int index, ElfFile& out) {
        GElf_Phdr segment{};
        if (gelf_getphdr(elf_, index, &segment) == nullptr) damaged();
        if (segment.p_type == PT_INTERP) {
            out.interpreter = chunk(segment.p_offset, segment.p_filesz);
            out.interpreter.resize(std::strlen(out.interpreter.c_str()));
        }
        if (segment.p_type == PT_DYNAMIC) read_dynamic(segment, out);
        if (segment.p_type == PT_NOTE) read_notes(segment, out);
    }

    // .note.ABI-tag of GNU's start files, which begins with the system: 0 is Linux.
    void read_notes(const GElf_Phdr& segment, ElfFile& out) {
        Elf_Data* data = elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(segment.p_offset), segment.p_filesz,
                                              segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
        std::size_t next = 0;
        GElf_Nhdr note{};
        std::size_t name = 0;
        std::size_t text = 0;
        for (std::size_t at = 0; data != nullptr && (next = gelf_getnote(data, at, &note, &name, &text)) > 0;
             at = next) {
            const std::string_view bytes(static_cast<const char*>(data->d_buf), data->d_size);
            if (note.n_type == NT_GNU_ABI_TAG && bytes.substr(name, note.n_namesz) == std::string_view("GNU\0", 4) &&
                bytes.substr(text, 4) == std::string_view("\0\0\0\0", 4))
                out.system = System::linux_os;
        }
    }

    std::string chunk(std::uint64_t offset, std::uint64_t size) {
        if (size == 0) return {};
        const Elf_Data* data = elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(offset), size, ELF_T_BYTE);
        if (data == nullptr) damaged();
        return {static_cast<const char*>(data->d_buf), data->d_size};
    }

    // The segment's bytes from this address on.
    GElf_Phdr rest_at(std::uint64_t address) {
        std::size_t count = 0;
        elf_getphdrnum(elf_, &count);
        for (std::size_t index = 0; index < count; ++index) {
            GElf_Phdr segment{};
            if (gelf_getphdr(elf_, static_cast<int>(index), &segment) == nullptr) damaged();
            const std::uint64_t before = address - segment.p_vaddr;
            if (segment.p_type != PT_LOAD || address < segment.p_vaddr || before >= segment.p_filesz) continue;
            segment.p_offset += before;
            segment.p_filesz -= before;
            return segment;
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
        const std::string strings = chunk(rest_at(address).p_offset, size);
        for (const GElf_Dyn& each : entries) {
            read_entry(each, strings, out);
            if (each.d_tag == DT_VERNEED) read_needed_versions(rest_at(each.d_un.d_ptr), strings, out);
            if (each.d_tag == DT_VERDEF) read_versions(rest_at(each.d_un.d_ptr), strings, out);
        }
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

    std::string text_at(const std::string& strings, std::uint64_t at) const {
        if (at >= strings.size()) damaged();
        return strings.c_str() + at;
    }

    // Each has the way to the next one; 0: it is the last.
    void read_needed_versions(const GElf_Phdr& rest, const std::string& strings, ElfFile& out) {
        Elf_Data* data =
            elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(rest.p_offset), rest.p_filesz, ELF_T_VNEED);
        if (data == nullptr) damaged();
        GElf_Verneed file{};
        for (std::int64_t at = 0; at < INT_MAX; at += file.vn_next) {
            if (gelf_getverneed(data, static_cast<int>(at), &file) == nullptr) damaged();
            GElf_Vernaux each{};
            std::int64_t next = at + file.vn_aux;
            for (int left = file.vn_cnt; left > 0; --left, next += each.vna_next) {
                if (next > INT_MAX || gelf_getvernaux(data, static_cast<int>(next), &each) == nullptr) damaged();
                if ((each.vna_flags & VER_FLG_WEAK) == 0)
                    out.needed_versions.push_back({text_at(strings, file.vn_file), text_at(strings, each.vna_name)});
            }
            if (file.vn_next == 0) return;
        }
    }

    void read_versions(const GElf_Phdr& rest, const std::string& strings, ElfFile& out) {
        Elf_Data* data =
            elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(rest.p_offset), rest.p_filesz, ELF_T_VDEF);
        if (data == nullptr) damaged();
        GElf_Verdef version{};
        for (std::int64_t at = 0; at < INT_MAX; at += version.vd_next) {
            if (gelf_getverdef(data, static_cast<int>(at), &version) == nullptr) damaged();
            GElf_Verdaux name{};
            const std::int64_t first = at + version.vd_aux;
            if (first > INT_MAX || gelf_getverdaux(data, static_cast<int>(first), &name) == nullptr) damaged();
            out.versions.push_back(text_at(strings, name.vda_name));
            if (version.vd_next == 0) return;
        }
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

ElfFile with_system(ElfFile elf) {
    elf.linker = linker_of(elf);
    if (elf.linker == Linker::illumos) elf.system = System::illumos;
    if (elf.linker == Linker::glibc || elf.linker == Linker::musl) elf.system = System::linux_os;
    return elf;
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
    return with_system(Reader(host_path, descriptor).read());
}

std::optional<ElfFile> read_elf(const Found& found) {
    if (!found.host.empty()) return read_elf(found.host);
    if (!found.bytes || !found.bytes->view().starts_with(ELFMAG) || found.bytes->view().size() < least_header / 2)
        return std::nullopt;
    // libelf may turn the bytes of a file for another machine around where they are.
    std::string own(found.bytes->view());
    return with_system(Reader(found.path, own).read());
}

}  // namespace image
