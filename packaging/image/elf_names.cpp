// What the numbers in ELF files are called.
#include <algorithm>
#include <elf.h>
#include <iterator>

#include "packaging/image/elf.hpp"

namespace image {
namespace {

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

std::string_view system_name(System system) {
    return system == System::illumos ? "illumos" : "Linux";
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
